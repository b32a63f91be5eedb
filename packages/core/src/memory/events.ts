import type { JsonObject } from '../model/json.ts'
import type { Events } from '../ports/backend.ts'

/** What happens is told to who reads, and not kept. */
export function memoryEvents(): Events {
  const readers = new Set<(events: readonly JsonObject[]) => void>()
  return {
    isRead: () => readers.size > 0,
    write(events) {
      for (const read of readers) read(events)
    },
    read(listener) {
      const read = (events: readonly JsonObject[]): void => listener(events) // who reads twice is told twice
      readers.add(read)
      return () => readers.delete(read)
    },
  }
}
