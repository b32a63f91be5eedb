import {
  ArpeggioError,
  ChordError,
  MaxRetriesExceededError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
} from '../model/errors.ts'
import { type Json, JsonRefusal, toJson } from '../model/json.ts'
import type { ErrorRecord } from '../model/outcome.ts'

/** A class whose errors come back as themselves. Its constructor is never called with what was read. */
export type ErrorClass = abstract new (...args: never[]) => Error

/** How many causes are followed. */
const MAX_CAUSES = 8

/** An error as JSON: what was thrown, whatever it was. */
export function recordError(thrown: unknown, depth = 0): ErrorRecord {
  if (!(thrown instanceof Error)) {
    return {
      type: 'Error',
      message: `a task threw ${describe(thrown)}, not an Error`,
      stack: null,
      cause: null,
    }
  }
  const { code } = thrown as { code?: unknown }
  const data = ownData(thrown)
  const inner = (error: unknown): ErrorRecord => recordError(error, depth + 1)
  return {
    type: typeOf(thrown),
    message: thrown.message,
    stack: thrown.stack ?? null,
    cause: thrown.cause === undefined || depth >= MAX_CAUSES ? null : inner(thrown.cause),
    ...(typeof code === 'string' && { code }),
    ...(thrown instanceof ChordError && { members: thrown.members }),
    ...(thrown instanceof AggregateError && depth < MAX_CAUSES && { errors: thrown.errors.map(inner) }),
    ...(data && { data }),
  }
}

/** The name it has, or else that of its class: many classes never set one. */
function typeOf(error: Error): string {
  return error.name === 'Error' ? error.constructor.name || 'Error' : error.name
}

function ownData(error: Error): Readonly<Record<string, Json>> | null {
  const data: Record<string, Json> = {}
  for (const [key, value] of Object.entries(error)) {
    if (value === undefined || isToldElsewhere(key, value, error)) continue
    const json = toJson(value, key)
    if (!(json instanceof JsonRefusal)) data[key] = json
  }
  return Object.keys(data).length > 0 ? data : null
}

function isToldElsewhere(key: string, value: unknown, error: Error): boolean {
  if (key === 'code') return typeof value === 'string'
  if (key === 'members') return error instanceof ChordError
  return ['name', 'message', 'stack', 'cause', 'errors'].includes(key)
}

function describe(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown)
  } catch {
    return `a ${typeof thrown}`
  }
}

/** Classes every app can revive. */
const BUILT_IN: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError, AggregateError]
    .concat([
      ArpeggioError,
      ChordError,
      TaskRevokedError,
      MaxRetriesExceededError,
      SoftTimeLimitExceeded,
      TimeLimitExceeded,
    ] as never[])
    .map((known) => [known.name, known]),
)

/** The error a record tells of: of its own class if that is registered, else an Error with its name, message and stack. */
export function reviveError(record: ErrorRecord, classes: ReadonlyMap<string, ErrorClass>): Error {
  const known = classes.get(record.type) ?? BUILT_IN.get(record.type) ?? Error
  const error = Object.create(known.prototype as object) as Error
  const own: Record<string, unknown> = {
    ...record.data,
    name: record.type,
    message: record.message,
    stack: record.stack ?? `${record.type}: ${record.message}`,
    ...(record.code !== undefined && { code: record.code }),
    ...(record.members && { members: record.members }),
    ...(record.errors && { errors: record.errors.map((inner) => reviveError(inner, classes)) }),
    ...(record.cause && { cause: reviveError(record.cause, classes) }),
  }
  for (const [key, value] of Object.entries(own)) {
    const enumerable =
      key === 'code' || key === 'members' || (record.data !== undefined && key in record.data)
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
  }
  return error
}
