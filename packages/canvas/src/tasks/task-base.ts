import { checkOptions, KINDS, type OptionKind, type Returned } from '@arpeggio/core'
import type { Self } from '../self.ts'

/**
 * What tasks have in common: what is done around each attempt at them, and what all of them share. A plain object: give
 * the same one to several tasks, and they share one state.
 */
export interface Base<State = unknown> {
  /** Makes what is shared, such as a connection: once, when it is first asked for. `self.state` is what it gives. */
  state?(): State
  /** Ends what is shared, when the app's last worker has stopped or the app closes. Default: its own `[Symbol.asyncDispose]` or `[Symbol.dispose]`. */
  dispose?(state: Awaited<State>): unknown
  /** Before the function. What it throws is as if the task had thrown it. */
  beforeStart?(self: Self<State>): unknown
  /** Once there is a value. What this and the others throw is reported, and changes nothing. */
  onSuccess?(self: Self<State>, value: unknown): unknown
  /** Once it has failed for good. */
  onFailure?(self: Self<State>, error: unknown): unknown
  /** Once it is to be run again. */
  onRetry?(self: Self<State>, error: unknown): unknown
  /** After all of them and after each attempt, whatever came of it. */
  afterReturn?(self: Self<State>, returned: Returned): unknown
}

const PARTS: Record<keyof Base, OptionKind> = {
  state: KINDS.deed,
  dispose: KINDS.deed,
  beforeStart: KINDS.deed,
  onSuccess: KINDS.deed,
  onFailure: KINDS.deed,
  onRetry: KINDS.deed,
  afterReturn: KINDS.deed,
}

/** Refuses what is no base. */
export function checkBase(base: unknown, task: string): void {
  checkOptions(base, PARTS, `the base of the task ${task}`)
}
