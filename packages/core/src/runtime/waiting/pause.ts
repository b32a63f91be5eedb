import type { Clock } from '../../ports/clock.ts'

/** Waits so long, or until the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const callOff = clock.at(clock.now() + ms, end)
    function end(): void {
      callOff()
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
  })
}
