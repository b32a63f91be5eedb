import type { Rates } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'

/** Turns are taken one behind the other; a name that nobody has asked for lately is forgotten. */
export function memoryRates(clock: Clock): Rates {
  const nextTurns = new Map<string, number>()
  return {
    reserve(name, intervalMs) {
      const now = clock.now()
      const turn = Math.max(now, nextTurns.get(name) ?? now)
      nextTurns.delete(name)
      nextTurns.set(name, turn + intervalMs)
      for (const [other, next] of nextTurns) {
        if (next > now) break
        nextTurns.delete(other)
      }
      return turn
    },
  }
}
