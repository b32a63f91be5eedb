import { type Logger, type RetryOptions, currentTask as running, type TaskRequest } from '@arpeggio/core'
import type { Signature } from './signature.ts'
import type { Gives } from './typing/edges.ts'

/** The running task: what `bind: true` puts in front of the arguments, and what `currentTask()` gives. */
export interface Self<State = unknown> {
  /** What it was asked to do: id, arguments, retries, headers, stamps, and its place in a group. */
  readonly request: TaskRequest
  /** What the task's base keeps for all calls in this process, made when it is first asked for. */
  readonly state: State
  /** Writes lines that begin with the task's name and id. */
  readonly log: Logger
  /** Aborted when the task shall stop: it was revoked, a limit has passed, its lease was lost, or the worker shuts down. */
  readonly signal: AbortSignal
  /** Run this task again later. Never returns; with `throw: false` it does, and the task runs again once it has returned, too. */
  retry(options: Omit<RetryOptions, 'throw'> & { readonly throw: false }): void
  retry(options?: RetryOptions): never
  /**
   * Let another canvas take this task's place: its value becomes this task's value. Never returns; it is typed as that
   * value so that `return self.replace(canvas)` says what the task gives then.
   */
  replace<Canvas extends Signature<unknown>>(canvas: Canvas): Gives<Canvas>
  /** Add a member to the chord this task is a member of; it takes effect when this task succeeds. */
  addToChord(canvas: Signature<unknown>): void
  /** Tell a state of your own, such as PROGRESS, and anything JSON can carry with it. A backend that is away neither fails nor holds up who tells. */
  updateState(state: string, meta?: unknown): Promise<void>
  /** Tell how far it is: the state PROGRESS, with `{ done, total, note }`. */
  progress(done: number, total: number, note?: string | null): Promise<void>
}

/** The task this code runs in, from anywhere below it; null outside of tasks. */
export const currentTask: () => Self | null = running
