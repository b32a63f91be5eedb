import type { Json, JsonObject } from './json.ts'
import type { Input } from './message.ts'
import type { Compiled } from './plan.ts'

/** What came of one attempt at a task. */
export type Outcome =
  | { readonly kind: 'success'; readonly value: Json; readonly added: readonly Compiled[] }
  | { readonly kind: 'failure'; readonly error: ErrorRecord }
  | { readonly kind: 'retry'; readonly error: ErrorRecord; readonly again: Again }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'requeue'; readonly error: ErrorRecord }
  | { readonly kind: 'replace'; readonly by: Compiled; readonly input: Input }

/** When and with what a task runs again. */
export interface Again {
  readonly countdown: number
  readonly eta: number | null
  readonly args: readonly Json[]
  readonly kwargs: JsonObject
}

/** What is kept for an id, once and for all. */
export type Verdict = Success | Failed | Ignored
/** It gave a value. */
export interface Success {
  readonly state: 'SUCCESS'
  readonly value: Json
  /** The list of a group is not kept twice: it is what its members gave. */
  readonly of?: 'members'
}
/** It failed, or was revoked, and why. */
export interface Failed {
  readonly state: 'FAILURE' | 'REVOKED'
  readonly failure: Failure
}
/** It asked that its outcome be ignored. */
export interface Ignored {
  readonly state: 'IGNORED'
}

/** The one argument of an errback: what failed, where and why. */
export interface Failure {
  /** The node that failed first; what can no longer run because of it carries the same failure. */
  readonly id: string
  readonly task: string
  readonly error: ErrorRecord
  readonly state: 'FAILURE' | 'REVOKED'
  readonly args: readonly Json[]
  readonly kwargs: JsonObject
  /** As often as it was run again, and as often as its caller said it had been before. */
  readonly retries: number
  readonly root: string
  readonly group?: string
  readonly index?: number
}

/** An error as JSON. */
export interface ErrorRecord {
  readonly type: string
  readonly message: string
  readonly stack: string | null
  readonly cause: ErrorRecord | null
  readonly code?: string
  /** Its own properties, as far as JSON can carry them. */
  readonly data?: JsonObject
  /** The errors of an AggregateError. */
  readonly errors?: readonly ErrorRecord[]
  /** A ChordError lists the members that failed. */
  readonly members?: readonly FailedMember[]
}

/** A member of a chord that failed: which, and why. */
export interface FailedMember {
  readonly id: string
  readonly index: number
  readonly error: ErrorRecord
}
