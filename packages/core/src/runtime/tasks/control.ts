import { checkOptions, isWhole, KINDS, type OptionKind } from '../../model/check-options.ts'
import type { Duration } from '../../model/duration.ts'
import { ArpeggioError } from '../../model/errors.ts'
import type { Input } from '../../model/message.ts'
import type { Compiled } from '../../model/plan.ts'

/*
 * What a task may throw to say something other than "I failed". They are not errors of the task; a task that catches
 * everything should let them pass.
 */

/** The outcome of this task is of no interest: what follows it does not run, and its chord seat holds null. */
export class Ignore extends Error {
  override readonly name = 'Ignore'
}

/** This worker will not take the task: give it back to the queue, or let it fail. */
export class Reject extends Error {
  override readonly name: string = 'Reject'
  readonly requeue: boolean
  constructor(message: string, options: { requeue?: boolean } = {}) {
    super(message)
    this.requeue = options.requeue ?? false
  }
}

/** When and with what a task wants to run again. */
export interface RetryOptions {
  /** Why; it is what callers see when no retry is left. */
  readonly error?: unknown
  readonly countdown?: Duration
  readonly eta?: Date | string
  /** For this call only; Infinity means always again. */
  readonly maxRetries?: number
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
  /** Left out, or true: `retry` never returns. With `false`, which its type has apart, the function goes on. */
  readonly throw?: true
}

/** Every option of a retry there is; durations, moments and arguments are checked where they are read. */
const RETRY_OPTIONS: Record<keyof RetryOptions, OptionKind> = {
  error: KINDS.anything,
  countdown: KINDS.anything,
  eta: KINDS.anything,
  maxRetries: {
    is: (value) => value === Number.POSITIVE_INFINITY || isWhole(value, 0),
    hint: 'Give a whole number from 0, or Infinity.',
  },
  args: KINDS.anything,
  kwargs: KINDS.anything,
  throw: KINDS.flag,
}

/** Refuses a retry that cannot be, whether it is asked for by `self.retry()` or thrown. */
export function checkRetry(options: unknown, task: string): void {
  const owner = `retry of ${task}`
  checkOptions(options, RETRY_OPTIONS, owner)
  const { countdown, eta } = options as RetryOptions
  if (countdown === undefined || eta === undefined) return
  throw new ArpeggioError('option-invalid', `${owner} was given both countdown and eta. Give one of them.`)
}

/** Run this task again later. `self.retry()` throws it. */
export class Retry extends Error {
  override readonly name = 'Retry'
  readonly options: RetryOptions
  constructor(options: RetryOptions = {}) {
    super('the task asked to be run again', { cause: options.error })
    this.options = options
  }
}

/** Another canvas takes this task's place. `self.replace()` throws it. */
export class Replace extends Error {
  override readonly name = 'Replace'
  readonly by: Compiled
  readonly input: Input
  constructor(by: Compiled, input: Input) {
    super('the task was replaced')
    this.by = by
    this.input = input
  }
}

/** It failed of its cause, and is not run again by itself: what it gave cannot travel, and would not the next time. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
  constructor(cause: Error) {
    super('what the task gave cannot travel', { cause })
  }
}
