import type { Outcome } from '../../model/outcome.ts'

/** What came of one attempt, and what was thrown, if that was it. */
export interface Ended {
  readonly outcome: Outcome
  readonly error: unknown
}

/** An attempt that is over. */
export interface Attempt extends Ended {
  readonly durationMs: number
}
