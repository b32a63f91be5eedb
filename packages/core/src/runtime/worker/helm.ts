import type { Json, JsonObject } from '../../model/json.ts'
import { retriesBehind } from '../../model/message.ts'
import type { Delivery } from '../../ports/backend.ts'
import type { Running } from '../attempts/executor.ts'
import type { Rate } from '../tasks/rate-limit.ts'
import type { TimeLimits } from '../tasks/time-limits.ts'
import type { Autoscale } from './autoscale.ts'
import type { Answer, Command } from './command.ts'

/** A worker as commands see it: what can be changed, and what can be told, while it runs. */
export interface Helm {
  readonly tasks: Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>
  readonly queues: readonly string[]
  addQueue(queue: string): void
  removeQueue(queue: string): void
  /** How many may run at once. */
  concurrency: number
  /** Between which numbers it fits that itself; null if it does not. */
  readonly autoscale: Autoscale | null
  scaleBetween(bounds: Autoscale): void
  setRate(task: string, rate: Rate | null): void
  setLimits(task: string, limits: TimeLimits): void
  shutDown(): void
  /** What runs now, since when, and whether it was revoked meanwhile. */
  active(): readonly Running[]
  /** What waits here for its turn, and until when, if that is known. */
  reserved(): readonly { readonly delivery: Delivery; readonly until: number | null }[]
  stats(): JsonObject
  conf(): JsonObject
}

/** Does what a command says. It must be done at once, so that answers come in time. */
export function obey(command: Command, helm: Helm): Answer {
  switch (command.do) {
    case 'ping':
      return { ok: 'pong' }
    case 'rate-limit':
      return ifKnown(helm, command.task, () => helm.setRate(command.task, command.rate))
    case 'time-limit': {
      const { task, timeLimit, softTimeLimit } = command
      return ifKnown(helm, task, () => helm.setLimits(task, { timeLimit, softTimeLimit }))
    }
    case 'add-consumer':
      helm.addQueue(command.queue)
      return { ok: helm.queues }
    case 'cancel-consumer':
      helm.removeQueue(command.queue)
      return { ok: helm.queues }
    case 'pool-grow':
      helm.concurrency += command.count
      return { ok: helm.concurrency }
    case 'pool-shrink':
      helm.concurrency = Math.max(1, helm.concurrency - command.count)
      return { ok: helm.concurrency }
    case 'autoscale': {
      if (helm.autoscale === null)
        return { error: 'this worker does not autoscale: it was started without { autoscale }' }
      const { min, max } = command
      helm.scaleBetween({ min, max })
      return { ok: { min, max } }
    }
    case 'shutdown':
      helm.shutDown()
      return { ok: null }
    case 'active':
      return { ok: active(helm) }
    case 'reserved':
      return { ok: reserved(helm) }
    case 'revoked':
      return { ok: helm.active().flatMap((one) => (one.isRevoked ? [one.delivery.message.id] : [])) }
    case 'registered':
      return { ok: [...helm.tasks.keys()].sort() }
    case 'stats':
      return { ok: helm.stats() }
    case 'active-queues':
      return { ok: helm.queues }
    case 'query-task':
      return { ok: query(helm, new Set(command.ids)) }
    case 'conf':
      return { ok: helm.conf() }
    default:
      return command satisfies never
  }
}

function ifKnown({ tasks }: Helm, task: string, deed: () => void): Answer {
  if (!tasks.has(task)) return { error: `no task named ${JSON.stringify(task)} is registered here` }
  deed()
  return { ok: null }
}

function active(helm: Helm): JsonObject[] {
  return helm.active().flatMap(({ delivery, since }) => told(delivery, { since }))
}

function reserved(helm: Helm): JsonObject[] {
  return helm.reserved().flatMap(({ delivery, until }) => told(delivery, { until }))
}

function query(helm: Helm, ids: ReadonlySet<string>): JsonObject {
  const withState =
    (state: string) =>
    (task: JsonObject): [string, Json] => [task['id'] as string, { state, ...task }]
  const all = [...active(helm).map(withState('active')), ...reserved(helm).map(withState('reserved'))]
  return Object.fromEntries(all.filter(([id]) => ids.has(id)))
}

/** A task that is here. Its arguments are not told: they may be secret, or large. */
function told({ message, count }: Delivery, more: JsonObject): JsonObject[] {
  if (message.kind !== 'call') return []
  const { id, task, run, root, parent, options } = message
  const { queue = 'default' } = options
  const retries = retriesBehind(message)
  return [{ id, task, run, root, parent, queue, retries, deliveries: count, ...more }]
}
