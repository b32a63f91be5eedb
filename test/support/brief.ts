import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '@arpeggio/core'

const LONGEST = 160

/**
 * Arguments as a short text. Failures and errors are told as the reference tells them: their state and what was wrong at the
 * bottom, without ids and stacks. Long texts are cut and hashed, so that values do not grow with the canvas.
 */
export function brief(args: readonly Json[]): string {
  const text = `(${args.map((arg) => JSON.stringify(plain(arg))).join()})`
  if (text.length <= LONGEST) return text
  return `(${text.slice(1, 40)}…${createHash('sha256').update(text).digest('hex').slice(0, 12)})`
}

/** A value in which every failure and every error record is one line. */
export function plain(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  const { error, state, type, message } = value as JsonObject
  if (error !== undefined && state !== undefined)
    return `${state} ${errorLine(error as unknown as ErrorLike)}`
  if (type !== undefined && message !== undefined) return errorLine(value as unknown as ErrorLike)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

/** As much of an error as is the same everywhere: an ErrorRecord or an Error that came back. */
export interface ErrorLike {
  readonly type?: string
  readonly name?: string
  readonly message: string
  readonly code?: string
  readonly cause?: ErrorLike | null
}

/** `Error: c3 failed`; a chord's failure is told by what was wrong at the bottom: `ChordError(Error: c3 failed)`. */
export function errorLine(error: ErrorLike): string {
  const type = error.type ?? error.name
  if (type === 'ChordError') return `ChordError(${bottomLine(error)})`
  return `${type}: ${error.code ?? error.message}`
}

/** What was wrong in the first place. */
export function bottomLine(error: ErrorLike): string {
  const type = error.type ?? error.name
  return type === 'ChordError' && error.cause ? bottomLine(error.cause) : errorLine(error)
}
