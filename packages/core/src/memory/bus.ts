import type { Json } from '../model/json.ts'
import type { Bus } from '../ports/backend.ts'

/** What is told is heard at once, in this process. */
export function memoryBus(): Bus {
  const topics = new Map<string, Set<(message: Json) => void>>()
  return {
    tell(topic, message) {
      for (const hear of topics.get(topic) ?? []) hear(message)
    },
    hear(topic, listener) {
      const hear = (message: Json): void => listener(message) // who listens twice hears twice
      const listeners = topics.get(topic) ?? new Set()
      topics.set(topic, listeners.add(hear))
      return () => {
        if (listeners.delete(hear) && listeners.size === 0) topics.delete(topic)
      }
    },
  }
}
