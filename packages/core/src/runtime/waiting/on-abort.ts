const waiting = new WeakMap<AbortSignal, Aborting>()

/** Those who wait for one signal. */
interface Aborting {
  readonly deeds: Set<() => void>
  readonly listener: () => void
}

/**
 * Does something when a signal is aborted, until it is called off. Thousands may wait for one signal, and an event target
 * compares each new listener with all it has: so however many they are, the signal has one.
 */
export function onAbort(signal: AbortSignal, deed: () => void): () => void {
  const { deeds, listener } = waiting.get(signal) ?? begin(signal)
  const own = (): void => deed() // who waits twice is told twice
  deeds.add(own)
  return () => {
    if (!deeds.delete(own) || deeds.size > 0) return
    waiting.delete(signal)
    signal.removeEventListener('abort', listener)
  }
}

function begin(signal: AbortSignal): Aborting {
  const deeds = new Set<() => void>()
  const listener = (): void => {
    for (const deed of deeds) deed()
  }
  signal.addEventListener('abort', listener)
  const aborting = { deeds, listener }
  waiting.set(signal, aborting)
  return aborting
}
