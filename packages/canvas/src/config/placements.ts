import {
  type CallOptions,
  type Json,
  type JsonObject,
  LIMITS,
  type Packer,
  type Packing,
  thaw,
} from '@arpeggio/core'
import type { Problem } from '../compile/arguments.ts'
import { placed, Routes, type Way } from './routes.ts'
import { type Config, DEFAULTS } from './settings.ts'

/**
 * Where and how calls are run of which their callers say nothing: what their task says of it, then what routes say, then
 * the settings of the app. A way is looked for once for each task; only functions are asked for every call.
 */
export class Placements {
  readonly #routes: Routes
  /** What the settings say of every call. */
  readonly #everywhere: CallOptions
  /** The queues there are, if there can be no others. */
  readonly #queues: ReadonlySet<string> | null
  readonly #found: Map<string, Found> = new Map()
  readonly #open: Packer['open']

  /** `open` unpacks what a route function looks at. */
  constructor(config: Config, open: Packer['open'] = thaw) {
    this.#open = open
    const { taskRoutes, taskQueues, taskCreateMissingQueues } = config
    this.#routes = new Routes(taskRoutes ?? {})
    this.#everywhere = everywhere(config)
    this.#queues = taskQueues === null || taskCreateMissingQueues ? null : new Set(taskQueues)
  }

  /** `own` is what the task says, and `options` what the call says of itself. */
  of(
    task: string,
    own: CallOptions,
    args: readonly Json[],
    kwargs: JsonObject,
    options: CallOptions,
  ): CallOptions {
    const { way, otherwise } = this.#find(task, own)
    for (const route of way.functions) {
      const said = route(
        task,
        this.#open(args) as readonly Json[],
        this.#open(kwargs) as JsonObject,
        Object.freeze({ ...own, ...options }),
      )
      if (said !== null && said !== undefined) return this.#below(own, placed(said, `the route of ${task}`))
    }
    return otherwise
  }

  /** What arguments of a call are packed by. */
  packingOf(task: string, own: CallOptions, options: CallOptions): Packing {
    const { otherwise } = this.#find(task, own)
    const { serializer = otherwise.serializer, compression = otherwise.compression } = options
    return serializer === undefined && compression === undefined
      ? PLAIN
      : { ...(serializer !== undefined && { serializer }), ...(compression !== undefined && { compression }) }
  }

  /** Why nothing can be sent to a queue, if so. */
  queueProblem(queue: string = DEFAULTS.taskDefaultQueue): Problem | null {
    if (this.#queues === null || this.#queues.has(queue)) return null
    const message = `There is no queue ${JSON.stringify(queue)}: taskQueues are ${[...this.#queues].join(', ')}. Name one of them, add this one, or set taskCreateMissingQueues.`
    return { code: 'queue-unknown', path: 'options.queue', message }
  }

  #find(task: string, own: CallOptions): Found {
    const known = this.#found.get(task)
    if (known?.own === own) return known
    const way = this.#routes.wayOf(task)
    const found: Found = { own, way, otherwise: this.#below(own, way.otherwise) }
    if (this.#found.size >= LIMITS.waysAtHand) this.#found.clear()
    this.#found.set(task, found)
    return found
  }

  #below(own: CallOptions, route: CallOptions): CallOptions {
    return Object.freeze({ ...this.#everywhere, ...route, ...own })
  }
}

const PLAIN: Packing = Object.freeze({})

/** The way of a task, and what its calls are run with where no function says otherwise. */
interface Found {
  readonly own: CallOptions
  readonly way: Way
  readonly otherwise: CallOptions
}

/** What the settings say of every call, if it is not what is so anyway. */
function everywhere(config: Config): CallOptions {
  const { taskDefaultQueue: queue, taskDefaultPriority: priority, taskIgnoreResult: ignoreResult } = config
  const { taskSerializer: serializer, taskCompression: compression } = config
  const { taskTimeLimit: timeLimit, taskSoftTimeLimit: softTimeLimit } = config
  const placement = placed(
    {
      ...(queue !== DEFAULTS.taskDefaultQueue && { queue }),
      ...(priority !== DEFAULTS.taskDefaultPriority && { priority }),
      ...(ignoreResult && { ignoreResult }),
      ...(timeLimit !== null && { timeLimit }),
      ...(softTimeLimit !== null && { softTimeLimit }),
    },
    'the settings',
  )
  return {
    ...placement,
    ...(serializer !== DEFAULTS.taskSerializer && { serializer }),
    ...(compression !== DEFAULTS.taskCompression && { compression }),
  }
}
