import type { Backend, Deliveries } from '@arpeggio/core'

/** A backend as it is at the other end of a wire: what is asked and answered passes as JSON text, and never at once. */
export function distantBackend<B extends Backend>(backend: B): B {
  const { deliveries, runs, results, queues, deadLetters, bus, events, presence, rates } = backend
  return {
    ...backend,
    deliveries: knowing(distant(deliveries)),
    runs: distant(runs),
    results: distant(results),
    queues: distant(queues),
    deadLetters: distant(deadLetters),
    bus: distant(bus),
    events: { ...distant(events), isRead: events.isRead },
    presence: distant(presence),
    rates: distant(rates),
  }
}

/** Who asks for several deliveries is told which of his own is meant. */
function knowing(deliveries: Deliveries): Deliveries {
  return {
    ...deliveries,
    async extend(mine) {
      const interruptions = await deliveries.extend(mine)
      return interruptions.flatMap(({ delivery, why }) => {
        const meant = mine.find(({ token }) => token === delivery.token)
        return meant === undefined ? [] : [{ delivery: meant, why }]
      })
    },
  }
}

function distant<Port extends object>(port: Port): Port {
  const methods = Object.entries(port).map(([name, method]) => [
    name,
    typeof method === 'function'
      ? async (...args: readonly unknown[]) => asText(await method(...args.map(asText)))
      : method,
  ])
  return Object.fromEntries(methods) as Port
}

/** Plain data as it arrives. Listeners and signals stay on their side of the wire. */
function asText(value: unknown): unknown {
  const isData = typeof value === 'object' && value !== null && !(value instanceof AbortSignal)
  return isData ? JSON.parse(JSON.stringify(value)) : value
}
