import type { RetryPolicy } from '../../machine/retry-policy.ts'
import { ArpeggioError } from '../../model/errors.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { CallMessage } from '../../model/message.ts'
import { didYouMean } from '../../model/nearest.ts'
import type { CallOptions } from '../../model/plan.ts'
import type { Declared, TaskContext } from './context.ts'
import type { RetryOptions } from './control.ts'
import type { ErrorClass } from './error-record.ts'
import type { Handlers } from './handlers.ts'
import { type Packer, type Packing, PLAIN_PACKER } from './packer.ts'
import type { Rate } from './rate-limit.ts'

/** A task as workers see it. */
export interface TaskDefinition extends RetryPolicy, Declared {
  readonly name: string
  run(args: readonly Json[], kwargs: JsonObject, context: TaskContext): unknown
  /** How many parameters its function names before the first that has a default. */
  readonly parameters: number
  /** How often it may start, if that is limited. */
  readonly rate?: Rate
  readonly autoretryFor: readonly ErrorClass[]
  readonly dontAutoretryFor: readonly ErrorClass[]
  /** What a retry asks for that nobody called for; a backoff says better how long it waits. */
  readonly retryKwargs: Pick<RetryOptions, 'countdown' | 'maxRetries'>
  /** Errors that are part of its work. */
  readonly throws: readonly ErrorClass[]
  /** Whether it tells that it has started. */
  readonly trackStarted: boolean
  /** Whether its message is acknowledged when it has ended, and not when it begins: false means at most once. */
  readonly acksLate: boolean
  /** Whether it runs again when its worker was lost. */
  readonly rejectOnWorkerLost: boolean
  /** How its arguments are opened, and how its results are packed. */
  readonly packer: Packer
  readonly resultPacking: Packing
  /** What is done around each attempt at it. */
  readonly handlers: Handlers
  /** Where its function runs, if that is not here. */
  readonly lane?: Lane
}

/** A place elsewhere where functions run. */
export interface Lane {
  /** Takes a place there; its time limits count from then on. */
  enter(context: TaskContext): Promise<void>
  /** Calls the function there, which opens its arguments itself; gives or throws what it does. */
  run(context: TaskContext): Promise<unknown>
  /** The attempt is over: what its function still does there is ended. */
  leave(context: TaskContext): void
}

const NOTHING: CallOptions = Object.freeze({})

/** A task of which nothing is said but its name and what it does: it is never retried. */
export const PLAIN_TASK: Omit<TaskDefinition, 'name' | 'run'> = Object.freeze({
  parameters: 0,
  defaultsFor: () => NOTHING,
  maxRetries: 0,
  defaultRetryDelay: 0,
  retryBackoff: 0,
  retryBackoffMax: 0,
  retryJitter: false,
  autoretryFor: [],
  dontAutoretryFor: [],
  retryKwargs: {},
  throws: [],
  trackStarted: false,
  acksLate: true,
  rejectOnWorkerLost: true,
  packer: PLAIN_PACKER,
  resultPacking: Object.freeze({}),
  handlers: Object.freeze({}),
  state: () => undefined,
})

/** What stands for a task that nobody knows here: it fails. */
export function unregistered({ task: name }: CallMessage, { tasks }: Registry): TaskDefinition {
  const run = (): never => {
    throw new ArpeggioError(
      'task-unknown',
      `No task named ${JSON.stringify(name)} is registered in this worker's app.${didYouMean(name, [...tasks.keys()])} Register it, or send it to a queue whose workers know it.`,
    )
  }
  return { ...PLAIN_TASK, name, run }
}

/** The tasks of one app by name, what they throw, and where randomness comes from. */
export interface Registry {
  readonly tasks: Pick<ReadonlyMap<string, TaskDefinition>, 'get' | 'has' | 'keys'>
  readonly errors: ReadonlyMap<string, ErrorClass>
  readonly random: () => number
  /** How values are opened where somebody asks for them, if they may be more than plain JSON. */
  readonly packer?: Packer
}
