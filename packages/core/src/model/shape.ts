/**
 * The outline of a plan: enough to name every id of a run, without its arguments. Places count from the start of the
 * part they stand in, so equal neighbours are one `Bunch`, and a group of 100,000 takes as much room as one of ten.
 */
export type Shape = readonly ShapeStep[]
/** The outline of a step. */
export type ShapeStep = CallShape | ForkShape

/** The outline of a call: its task, and where it stands. */
export interface CallShape {
  readonly op: 'call'
  readonly task: string
  readonly at: number
  readonly link?: readonly Bunch[]
}

/** The outline of a fork: where it stands, and its branches. */
export interface ForkShape {
  readonly op: 'fork'
  readonly at: number
  readonly members: readonly Bunch[]
  /** It has errbacks. */
  readonly guarded?: true
  readonly link?: readonly Bunch[]
}

/** Plans beside or after a step: `count` neighbours of one shape; the first starts at place `at`, each covers `span` places. */
export interface Bunch {
  readonly at: number
  readonly count: number
  readonly span: number
  readonly shape: Shape
}

/** A part of a run that was not drawn: what replaced a task, and took over its id, or what was added to a chord. */
export interface Graft {
  readonly shape: Shape
  readonly takes: string | null
}
