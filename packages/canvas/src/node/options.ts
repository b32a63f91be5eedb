import type { Duration } from '@arpeggio/core'
import type { Compression, Node } from './node.ts'

/**
 * How a canvas is run. Placement (`queue`, `priority`, `expires`, the limits, `headers`, `ignoreResult`, `retries`, `serializer`, `compression`, `stamps`) acts
 * on every step that does not set its own; the start (`countdown`, `eta`) on the entry, once, and a
 * name (`taskId`, `idempotencyKey`) on the run.
 * `undefined` and null say nothing: they never unset what was set before; but of a limit null says that there is none.
 * Signatures are values, so to be rid of an option, go on from the signature that did not have it.
 */
export interface SetOptions {
  /** Where it goes. Default: what its task, a route or the app says, else `'default'`. */
  readonly queue?: string | undefined
  /** What goes first of what waits in one queue: 0 to 9, and 0 goes first. Default: 5. */
  readonly priority?: number | undefined
  /** Not after this: a duration from now, a Date, or an ISO text. Default: no end. */
  readonly expires?: Duration | Date | string | undefined
  /** After so long it fails: milliseconds, or a text such as `'5m'`; null: never. Default: what its task or the app says. */
  readonly timeLimit?: Duration | null | undefined
  /** After so long its `signal` is aborted: milliseconds, or a text such as `'4m'`; null: never. Not above the `timeLimit`. */
  readonly softTimeLimit?: Duration | null | undefined
  /** Whether its value is not kept. Default: false. */
  readonly ignoreResult?: boolean | undefined
  /** It counts as if it had been run again so often already. Default: 0. */
  readonly retries?: number | undefined
  /** What its arguments are packed by: `'json'` (default), `'rich'`, or a serializer of the app. */
  readonly serializer?: string | undefined
  /** How long arguments are made shorter: `'gzip'`, or `'none'` (default). */
  readonly compression?: Compression | undefined
  /** A name to show instead of the task's: in drawings, and in the request. */
  readonly shadow?: string | undefined
  /** What goes along for the task to read, as JSON: `self.request.headers`. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined
  /** Marks of it and all that follows, as JSON, for those who look on. */
  readonly stamps?: Readonly<Record<string, unknown>> | undefined
  /** Wait this long before it starts: milliseconds, or a text such as `'10s'`. Takes the place of an `eta`. */
  readonly countdown?: Duration | undefined
  /** Start at this moment: a Date, or an ISO text. Takes the place of a `countdown`. */
  readonly eta?: Date | string | undefined
  /** The id of the run. Default: a new one. Takes the place of an `idempotencyKey`. */
  readonly taskId?: string | undefined
  /** When the whole run is to be over: a duration from when it is sent, a Date, or an ISO text. What is left of it then is cancelled. */
  readonly deadline?: Duration | Date | string | undefined
  /** What is sent twice with the same key is run once. Takes the place of a `taskId`. */
  readonly idempotencyKey?: string | undefined
  /** Whether it drops the value of the step before. Default: false. */
  readonly immutable?: boolean | undefined
}

/** What `applyAsync` takes besides: these are added to what the canvas has. */
export interface LaunchOptions extends SetOptions {
  /** What runs after it, with its value: a signature, or a list of them. */
  readonly link?: Drawn | readonly Drawn[] | undefined
  /** What runs if it fails, with the failure: a signature, or a list of them. */
  readonly linkError?: Drawn | readonly Drawn[] | undefined
  /** Keyword arguments, as an object: the task receives them as its last argument. */
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
}

/** Anything that was drawn. Signatures are. */
export interface Drawn {
  readonly node: Node
}
