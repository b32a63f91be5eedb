import type { Clock } from '../ports/clock.ts'

/** The longest wait a timer of the host can hold; longer ones are waited for in parts. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The host's clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  at(moment: number, callback: () => void): () => void {
    let timer: NodeJS.Timeout
    const wait = (): void => {
      const left = moment - Date.now()
      timer = setTimeout(
        left > LONGEST_TIMER_MS ? wait : callback,
        Math.max(0, Math.min(left, LONGEST_TIMER_MS)),
      )
    }
    wait()
    return () => clearTimeout(timer)
  },
})

/** A clock that stands still until it is told to go on: a day passes in no time. */
export interface VirtualClock extends Clock {
  /** Goes to that moment, calling back all that was due on the way. */
  advanceTo(moment: number): void
  /** The earliest moment somebody waits for; null if nobody does. */
  next(): number | null
}

/** A virtual clock that starts at this moment. */
export function virtualClock(start = 0): VirtualClock {
  let now = start
  const waiting = new Set<{ moment: number; callback: () => void }>()
  return {
    now: () => now,
    at(moment, callback) {
      const entry = { moment, callback }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    next() {
      let next: number | null = null
      for (const { moment } of waiting) if (next === null || moment < next) next = moment
      return next
    },
    advanceTo(moment) {
      for (;;) {
        const [next] = [...waiting]
          .filter((entry) => entry.moment <= moment)
          .sort((a, b) => a.moment - b.moment)
        if (next === undefined) break
        waiting.delete(next)
        now = Math.max(now, next.moment)
        next.callback()
      }
      now = Math.max(now, moment)
    },
  }
}
