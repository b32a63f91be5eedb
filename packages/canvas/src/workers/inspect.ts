import {
  ArpeggioError,
  type Autoscale,
  checkOptions,
  KINDS,
  LIMITS,
  type QueueLength,
  retriesBehind,
  type Scheduled,
} from '@arpeggio/core'
import type { AddressOptions, Ask, Office, Replies } from './control.ts'

/** A task that a worker has. Its arguments are not told: they may be secret, or large. */
export interface HeldTask {
  readonly id: string
  readonly task: string
  readonly run: string
  readonly root: string
  readonly parent: string | null
  readonly queue: string
  readonly retries: number
  /** How often its message has been delivered. */
  readonly deliveries: number
}

/** A task that runs. */
export interface ActiveTask extends HeldTask {
  /** Epoch milliseconds. */
  readonly since: number
}

/** A task that waits in a worker for the turn its rate gives it. */
export interface ReservedTask extends HeldTask {
  /** Epoch milliseconds; null while that is not known yet. */
  readonly until: number | null
}

/** A task that waits until it is due, in no worker. */
export interface ScheduledTask extends Omit<HeldTask, 'deliveries'> {
  /** Epoch milliseconds. */
  readonly due: number
}

/** How many of them are told. */
export interface ScheduledOptions {
  /** Default: 100. */
  readonly limit?: number
}

/** How much a worker has done, and does. */
export interface WorkerStats {
  readonly pid: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Messages that came to their end here. */
  readonly finished: number
  readonly running: number
  readonly waiting: number
  readonly concurrency: number
}

/** How a worker works now. */
export interface WorkerConf {
  readonly queues: readonly string[]
  /** Where its tasks run. */
  readonly pool: 'async' | 'threads'
  /** How many tasks may run at once. */
  readonly concurrency: number
  /** Between which numbers it fits that itself, and how often it gives up half of what stands empty; null: it does not. */
  readonly autoscale: (Autoscale & { readonly everyMs: number }) | null
  readonly prefetchMultiplier: number
  /** null: for ever. */
  readonly leaseMs: number | null
}

/** What workers tell of themselves, by their hostnames, and what waits for them. */
export interface Inspect {
  /** What runs. */
  active(options?: AddressOptions): Promise<Replies<readonly ActiveTask[]>>
  /** What waits for the turn its rate gives it. */
  reserved(options?: AddressOptions): Promise<Replies<readonly ReservedTask[]>>
  /** The ids of those that still run although they were revoked. */
  revoked(options?: AddressOptions): Promise<Replies<readonly string[]>>
  /** The names of the tasks they know. */
  registered(options?: AddressOptions): Promise<Replies<readonly string[]>>
  stats(options?: AddressOptions): Promise<Replies<WorkerStats>>
  activeQueues(options?: AddressOptions): Promise<Replies<readonly string[]>>
  /** Which of these are here. */
  queryTask(
    ids: string | readonly string[],
    options?: AddressOptions,
  ): Promise<Replies<Readonly<Record<string, QueriedTask>>>>
  conf(options?: AddressOptions): Promise<Replies<WorkerConf>>
  /** How much waits in which queue, by name; a queue that is not listed is empty. No worker is asked. */
  queues(): Promise<readonly QueueLength[]>
  /** What waits until it is due, first what is due first. No worker is asked. */
  scheduled(options?: ScheduledOptions): Promise<readonly ScheduledTask[]>
}

/** A task that was asked for by its id. */
export type QueriedTask =
  | (ActiveTask & { readonly state: 'active' })
  | (ReservedTask & { readonly state: 'reserved' })

/** How an app looks at workers. */
export function inspectOf(ask: Ask, office: Pick<Office, 'backend' | 'open'>): Inspect {
  async function tell<T>(...given: Parameters<Ask>): Promise<Replies<T>> {
    const answers = Object.entries(await ask<T>(...given))
    return Object.fromEntries(
      answers.flatMap(([name, answer]) => ('ok' in answer ? [[name, answer.ok]] : [])),
    )
  }
  return {
    active: (options) => tell({ do: 'active' }, options),
    reserved: (options) => tell({ do: 'reserved' }, options),
    revoked: (options) => tell({ do: 'revoked' }, options),
    registered: (options) => tell({ do: 'registered' }, options),
    stats: (options) => tell({ do: 'stats' }, options),
    activeQueues: (options) => tell({ do: 'active-queues' }, options),
    queryTask: async (given, options) => {
      const ids = [given].flat()
      checkOptions({ ids }, { ids: KINDS.texts }, 'queryTask')
      return tell({ do: 'query-task', ids }, options)
    },
    conf: (options) => tell({ do: 'conf' }, options),
    queues: async () => {
      office.open('look at queues')
      const queues = await office.backend().queues.list()
      return [...queues].sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    scheduled: async (options = {}) => {
      office.open('look at what is scheduled')
      checkOptions(options, { limit: KINDS.count }, 'scheduled')
      return (await office.backend().queues.scheduled(limitOf(options))).map(scheduledTask)
    },
  }
}

function limitOf({ limit = 100 }: ScheduledOptions): number {
  if (limit <= LIMITS.scheduledTold) return limit
  throw new ArpeggioError(
    'limit-exceeded',
    `scheduled was asked for ${limit} tasks, and tells of ${LIMITS.scheduledTold} at most. Ask for those; queues() tells how many there are.`,
  )
}

function scheduledTask({ message, due }: Scheduled): ScheduledTask {
  const { id, task, run, root, parent, options } = message
  const retries = retriesBehind(message)
  return { id, task, run, root, parent, queue: options.queue ?? 'default', retries, due }
}
