import type { RetryPolicy } from '../machine/retry-policy.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { CallOptions } from '../model/plan.ts'
import type { TaskContext } from './context.ts'
import type { ErrorClass } from './error-record.ts'
import type { Rate } from './rate-limit.ts'

/** A task as workers see it. */
export interface TaskDefinition extends RetryPolicy {
  readonly name: string
  run(args: readonly Json[], kwargs: JsonObject, context: TaskContext): unknown
  /** How many parameters its function names before the first that has a default. */
  readonly parameters: number
  /** How its calls are run when nothing else is said. */
  readonly defaults: CallOptions
  /** How often it may start, if that is limited. */
  readonly rate?: Rate
  readonly autoretryFor: readonly ErrorClass[]
  readonly dontAutoretryFor: readonly ErrorClass[]
}

/** The tasks of one app by name, what they throw, and where randomness comes from. */
export interface Registry {
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly errors: ReadonlyMap<string, ErrorClass>
  readonly random: () => number
}
