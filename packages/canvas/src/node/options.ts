import type { Duration } from '@arpeggio/core'
import type { Compression, Node } from './node.ts'

/**
 * How a canvas is run. Placement (`queue`, `priority`, `expires`, the limits, `headers`, `ignoreResult`, `retries`, `serializer`, `compression`, `stamps`) acts
 * on every step that does not set its own; the start (`countdown`, `eta`) on the entry, once, and a
 * name (`taskId`, `idempotencyKey`) on the run.
 * `undefined` and null say nothing: they never unset what was set before. Signatures are values, so to be
 * rid of an option, go on from the signature that did not have it.
 */
export interface SetOptions {
  readonly queue?: string | undefined
  /** 0 to 9; 0 goes first. */
  readonly priority?: number | undefined
  /** Not after this: a duration from now, a Date, or an ISO text. */
  readonly expires?: Duration | Date | string | undefined
  readonly timeLimit?: Duration | undefined
  readonly softTimeLimit?: Duration | undefined
  readonly ignoreResult?: boolean | undefined
  /** It counts as if it had been run again so often already. */
  readonly retries?: number | undefined
  /** What its arguments are packed by: `'json'`, `'rich'`, or a serializer of the app. */
  readonly serializer?: string | undefined
  /** How long arguments are made shorter. */
  readonly compression?: Compression | undefined
  /** A name to show instead of the task's: in drawings, and in the request. */
  readonly shadow?: string | undefined
  readonly headers?: Readonly<Record<string, unknown>> | undefined
  readonly stamps?: Readonly<Record<string, unknown>> | undefined
  /** Wait this long before it starts. Takes the place of an `eta`. */
  readonly countdown?: Duration | undefined
  /** Start at this moment. Takes the place of a `countdown`. */
  readonly eta?: Date | string | undefined
  /** The id of the run. Takes the place of an `idempotencyKey`. */
  readonly taskId?: string | undefined
  /** When the whole run is to be over: a duration from when it is sent, a Date, or an ISO text. What is left of it then is cancelled. */
  readonly deadline?: Duration | Date | string | undefined
  /** What is sent twice with the same key is run once. Takes the place of a `taskId`. */
  readonly idempotencyKey?: string | undefined
  /** Whether it drops the value of the step before. */
  readonly immutable?: boolean | undefined
}

/** What `applyAsync` takes besides: these are added to what the canvas has. */
export interface LaunchOptions extends SetOptions {
  readonly link?: Drawn | readonly Drawn[] | undefined
  readonly linkError?: Drawn | readonly Drawn[] | undefined
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
}

/** Anything that was drawn. Signatures are. */
export interface Drawn {
  readonly node: Node
}
