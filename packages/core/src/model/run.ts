import type { Failed } from './outcome.ts'
import type { Lists, Span } from './plan.ts'
import type { Graft, Shape } from './shape.ts'

/** What is remembered of one `delay()`: who it is, its outline, and how far it has come. */
export interface RunRecord {
  readonly id: string
  readonly root: string
  /** The id of the task that launched it, if one did. */
  readonly parent: string | null
  readonly shape: Shape
  /** Outlines of what replaced a step, or was added, below its place. */
  readonly grafts: Readonly<Record<string, Graft>>
  readonly progress: Progress
}

/**
 * How far a run is: tasks planned, tasks ended, and how many of those failed themselves. It is `over` when nothing is
 * left to do; tasks that could not run because of a failure have ended then, too.
 */
export interface Progress {
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly over: boolean
}

/** What a client asks a backend to start, all or nothing. */
export interface Launch {
  readonly id: string
  readonly root: string
  readonly parent: string | null
  readonly shape: Shape
  readonly lists: Lists
  readonly span: number
  readonly calls: number
  /** When it ends if it is not over by then, and how; null: it takes as long as it takes. */
  readonly deadline: Deadline | null
}

/** A halt that comes at a moment. */
export interface Deadline {
  /** Epoch milliseconds. */
  readonly moment: number
  readonly span: Span
  readonly verdict: Failed
}
