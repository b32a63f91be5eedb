import { systemClock } from '../memory/clock.ts'
import type { JsonObject } from '../model/json.ts'
import type { Backend, Change, Delivery } from '../ports/backend.ts'
import { isPoolThread } from './crew.ts'
import type { Line } from './line.ts'
import type { Question, Questions } from './talk.ts'

/** Makes a stand-in speak for the backend at the other end of a line. */
const connections = new WeakMap<Backend, (line: Line) => void>()
/** One for each backend, so that apps that share one go on sharing it. */
const standIns = new WeakMap<Backend, Backend>()

/**
 * The backend an app lives on, as it was given. Only in a thread of a pool another one takes its place, which is that very
 * backend until it is known whose thread it is, and then that of the worker: so what is sent in a thread is sent where the
 * worker lives, even if that is its memory, and a thread opens no connections of its own.
 */
export function standInFor(own: Backend): Backend {
  if (!isPoolThread()) return own
  const known = standIns.get(own)
  if (known !== undefined) return known
  const made = standIn(own)
  standIns.set(own, made)
  return made
}

/** From now on this stand-in asks the worker. */
export function connect(standIn: Backend, line: Line): void {
  connections.get(standIn)?.(line)
}

function standIn(own: Backend): Backend {
  let line: Line | null = null

  /** Asks the worker, and as long as there is none, the backend that is here. */
  function asking<Ask extends keyof Questions>(ask: Ask, here: Questions[Ask]): Questions[Ask] {
    const there = (...args: Parameters<Questions[Ask]>): unknown =>
      line === null
        ? (here as (...args: Parameters<Questions[Ask]>) => unknown)(...args)
        : line.ask({ ask, args } as Question)
    return there as Questions[Ask]
  }

  const { deliveries, runs, results, queues, deadLetters, bus, events, presence, rates } = own
  const made: Backend = {
    closed: own.closed,
    clock: {
      now: () => (line === null ? own.clock.now() : systemClock.now() + line.skewMs),
      at(moment, callback) {
        if (line === null) return own.clock.at(moment, callback)
        return systemClock.at(moment - line.skewMs, callback)
      },
    },
    deliveries: {
      leaseMs: deliveries.leaseMs,
      submit: asking('submit', deliveries.submit),
      receive(queues, max, signal) {
        if (line === null) return deliveries.receive(queues, max, signal)
        return line.ask({ ask: 'take', args: [queues, max] }) as Promise<readonly Delivery[]>
      },
      commit: asking('commit', deliveries.commit),
      release: asking('release', deliveries.release),
      // No worker starts in a thread: what only workers ask is not asked there.
      extend: deliveries.extend,
      heed: deliveries.heed,
    },
    runs: {
      get: asking('run', runs.get),
      items: asking('items', runs.items),
      halt: asking('halt', runs.halt),
      forget: asking('forget', runs.forget),
      reopen: asking('reopen', runs.reopen),
    },
    results: {
      get: asking('standings', results.get),
      note: asking('note', results.note),
      watch(run, listener, ids) {
        if (line === null) return results.watch(run, listener, ids)
        return line.listen({ of: 'run', run, ids }, (news) => listener(news as Change | null))
      },
    },
    queues: {
      list: asking('queues', queues.list),
      scheduled: asking('scheduled', queues.scheduled),
    },
    deadLetters: {
      list: asking('deadLetters', deadLetters.list),
      remove: asking('removeDeadLetter', deadLetters.remove),
      purge: asking('purgeDeadLetters', deadLetters.purge),
    },
    bus: {
      tell: asking('tell', bus.tell),
      hear(topic, listener) {
        if (line === null) return bus.hear(topic, listener)
        return line.listen({ of: 'bus', topic }, (news) => listener(news as Parameters<typeof listener>[0]))
      },
    },
    events: {
      // The worker tells what it grants, also to its threads.
      isRead: () => line === null && events.isRead(),
      write: (batch) => (line === null ? events.write(batch) : undefined),
      read(listener) {
        if (line === null) return events.read(listener)
        return line.listen({ of: 'events' }, (news) => listener(news as readonly JsonObject[]))
      },
    },
    presence: {
      enter: presence.enter,
      leave: presence.leave,
      list: asking('present', presence.list),
    },
    rates,
    onWarning: own.onWarning,
    ready: () => (line === null ? own.ready() : undefined), // a worker is
    close: () => own.close(),
  }
  connections.set(made, (to) => {
    line = to
  })
  return made
}
