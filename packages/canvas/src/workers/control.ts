import {
  type Answer,
  type AsyncResult,
  type Autoscale,
  type Backend,
  boundsOf,
  broadcast,
  type Command,
  checkOptions,
  type Duration,
  KINDS,
  milliseconds,
  type OptionKind,
  purge,
  type RateLimit,
  rateOf,
} from '@arpeggio/core'

import { type Problem, problemError } from '../compile/arguments.ts'
import { checkLimits } from '../node/parse-options.ts'

/** Which workers are told or asked, and how long their answers are waited for. */
export interface AddressOptions {
  /** The hostnames of some workers. Default: all. */
  readonly destination?: readonly string[]
  /** Default: a second. Once all who are there have answered, nobody waits any longer. */
  readonly timeout?: Duration
}

/** What workers answered, by their hostnames; who was too late is not in it. */
export type Replies<T> = Readonly<Record<string, T>>

/** New time limits of a task; one that is null or left out is none. */
export interface NewTimeLimits {
  /** After so long it fails. */
  readonly hard?: Duration | null
  /** After so long it is asked to stop; not above the hard one. */
  readonly soft?: Duration | null
}

/** What can be done to workers while they run. What a worker is told lasts until it ends, and is not kept anywhere. */
export interface Control {
  /** Who is there. */
  ping(options?: AddressOptions): Promise<Replies<Answer<'pong'>>>
  /** These will not run, nor what follows them; a running one is asked to stop. It is a state where workflows live, so a restart does not forget it. */
  revoke(ids: string | readonly string[]): Promise<void>
  /** The same, as Celery calls it where it stops what runs. */
  terminate(ids: string | readonly string[]): Promise<void>
  /** How often a task may start from now on; null: as often as it likes. */
  rateLimit(task: string, limit: RateLimit | null, options?: AddressOptions): Promise<Replies<Answer<null>>>
  /** How long a task may run that starts from now on, whatever its messages say. */
  timeLimit(task: string, limits: NewTimeLimits, options?: AddressOptions): Promise<Replies<Answer<null>>>
  /** Serve another queue. */
  addConsumer(queue: string, options?: AddressOptions): Promise<Replies<Answer<readonly string[]>>>
  /** Take nothing more from a queue. */
  cancelConsumer(queue: string, options?: AddressOptions): Promise<Replies<Answer<readonly string[]>>>
  /** Run more tasks at once; the answer is how many. */
  poolGrow(count?: number, options?: AddressOptions): Promise<Replies<Answer<number>>>
  /** Run fewer at once, at least one. */
  poolShrink(count?: number, options?: AddressOptions): Promise<Replies<Answer<number>>>
  /** Fit how many run at once between other numbers; for workers that do so. */
  autoscale(bounds: Autoscale, options?: AddressOptions): Promise<Replies<Answer<Autoscale>>>
  /** Stop, as `worker.stop()` does. */
  shutdown(options?: AddressOptions): Promise<Replies<Answer<null>>>
  /** Ends what waits in some queues as revoked; gives how many tasks that were. Default: those that a worker serves which names none. */
  purge(queues?: readonly string[]): Promise<number>
}

const ADDRESS: Record<keyof AddressOptions, OptionKind> = {
  destination: KINDS.texts,
  timeout: KINDS.anything,
}

/** Asks workers one thing. */
export type Ask = <T>(command: Command, options?: AddressOptions) => Promise<Replies<Answer<T>>>

/** How an app asks workers. */
export function asker(office: Pick<Office, 'backend' | 'open'>): Ask {
  return async <T>(command: Command, options: AddressOptions = {}) => {
    office.open('speak to workers')
    checkOptions(options, ADDRESS, command.do)
    const { destination: to = null, timeout = '1s' } = options
    const timeoutMs = milliseconds(timeout, `timeout of ${command.do}`)
    const answers = await broadcast(office.backend(), command, { to, timeoutMs })
    return Object.fromEntries(answers) as Replies<Answer<T>>
  }
}

/** What control needs of its app. It asks for the backend when it speaks to workers, not before. */
export interface Office {
  backend(): Backend
  /** What its workers serve that name no queues. */
  queues(): readonly string[]
  /** Why nothing can be sent to a queue, if so. */
  queueProblem(queue: string): Problem | null
  /** Fails when the app is closed. */
  open(deed: string): void
  result(id: string): AsyncResult<unknown>
}

/** The control of an app. */
export function controlOf(ask: Ask, office: Office): Control {
  async function revoke(ids: string | readonly string[]): Promise<void> {
    await Promise.all([ids].flat().map((id) => office.result(id).revoke()))
  }
  return {
    ping: (options) => ask({ do: 'ping' }, options),
    revoke,
    terminate: revoke,
    rateLimit: async (task, limit, options) => {
      const rate = limit === null ? null : rateOf(limit, `rateLimit of the task ${task}`)
      return ask({ do: 'rate-limit', task: textOf(task, 'task'), rate }, options)
    },
    timeLimit: async (task, limits, options) => {
      checkOptions(limits, { hard: KINDS.anything, soft: KINDS.anything }, `timeLimit of the task ${task}`)
      const inMs = (limit: Duration | null = null): number | null =>
        limit === null ? null : milliseconds(limit, `timeLimit of the task ${task}`)
      const [timeLimit, softTimeLimit] = [inMs(limits.hard), inMs(limits.soft)]
      checkLimits(limits.soft, limits.hard, `the task ${task}`)
      return ask({ do: 'time-limit', task: textOf(task, 'task'), timeLimit, softTimeLimit }, options)
    },
    addConsumer: async (queue, options) => {
      const problem = office.queueProblem(queueOf(queue))
      if (problem !== null) throw problemError(problem)
      return ask({ do: 'add-consumer', queue }, options)
    },
    cancelConsumer: async (queue, options) => ask({ do: 'cancel-consumer', queue: queueOf(queue) }, options),
    poolGrow: async (count = 1, options) => ask({ do: 'pool-grow', count: countOf(count) }, options),
    poolShrink: async (count = 1, options) => ask({ do: 'pool-shrink', count: countOf(count) }, options),
    autoscale: async (autoscale, options) => {
      const { min, max } = boundsOf(autoscale, 'control.autoscale')
      return ask({ do: 'autoscale', min, max }, options)
    },
    shutdown: (options) => ask({ do: 'shutdown' }, options),
    purge: async (queues = office.queues()) => {
      office.open('purge queues')
      checkOptions({ queues }, { queues: KINDS.queues }, 'purge')
      return purge(office.backend(), queues)
    },
  }
}

function textOf(text: string, name: string): string {
  checkOptions({ [name]: text }, { [name]: KINDS.text }, 'control')
  return text
}

function queueOf(queue: string): string {
  checkOptions({ queue }, { queue: KINDS.queue }, 'control')
  return queue
}

function countOf(count: number): number {
  checkOptions({ count }, { count: KINDS.count }, 'control')
  return count
}
