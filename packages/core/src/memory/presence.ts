import type { JsonObject } from '../model/json.ts'
import type { Presence } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'

/** Who is there, until his time is over. */
export function memoryPresence(clock: Clock): Presence {
  const present = new Map<string, { readonly about: JsonObject; readonly until: number }>()
  return {
    enter(name, about, forMs) {
      present.set(name, { about, until: clock.now() + forMs })
    },
    leave(name) {
      present.delete(name)
    },
    list() {
      const now = clock.now()
      for (const [name, { until }] of present) if (until <= now) present.delete(name)
      return [...present].map(([name, { about }]) => ({ name, about }))
    },
  }
}
