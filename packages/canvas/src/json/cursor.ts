import { ArpeggioError, cut, type Json, JsonRefusal, LIMITS, show, toJson } from '@arpeggio/core'

/** A value in JSON that is being read, and the way to it. */
export interface Cursor {
  readonly value: unknown
  readonly key: string
  readonly index: number | undefined
  readonly parent: Cursor | undefined
}

/** Where reading begins; called `$` in paths. */
export function cursorAt(value: unknown): Cursor {
  return { value, key: '$', index: undefined, parent: undefined }
}

/** The value under a key, undefined where there is none. Only own keys are seen. */
export function at(cursor: Cursor, key: string): Cursor {
  const record = recordAt(cursor)
  return {
    value: Object.hasOwn(record, key) ? record[key] : undefined,
    key,
    index: undefined,
    parent: cursor,
  }
}

/** Everything in an object, key by key. */
export function entries(cursor: Cursor): Cursor[] {
  const record = recordAt(cursor)
  return Object.keys(record).map((key) => ({ value: record[key], key, index: undefined, parent: cursor }))
}

/** The items of a list. */
export function listAt(cursor: Cursor): Cursor[] {
  if (!Array.isArray(cursor.value)) throw refuse(cursor, describe(cursor.value), 'a list')
  return cursor.value.map((value: unknown, index) => ({ value, key: '', index, parent: cursor }))
}

/** An object, not a list. Absent and null stand for an empty one. */
export function recordAt(cursor: Cursor): Entries {
  if (isAbsent(cursor)) return {}
  if (isRecord(cursor.value)) return cursor.value
  throw refuse(cursor, describe(cursor.value), 'an object')
}

export function textAt(cursor: Cursor): string {
  if (typeof cursor.value === 'string') return cursor.value
  throw refuse(cursor, describe(cursor.value), 'a text')
}

export function numberAt(cursor: Cursor): number {
  if (typeof cursor.value === 'number' && Number.isFinite(cursor.value)) return cursor.value
  throw refuse(cursor, describe(cursor.value), 'a number')
}

/** A whole number, one or more. */
export function countAt(cursor: Cursor): number {
  const count = numberAt(cursor)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw refuse(cursor, describe(count), 'a whole number above zero')
}

export function flagAt(cursor: Cursor): boolean {
  if (typeof cursor.value === 'boolean') return cursor.value
  throw refuse(cursor, describe(cursor.value), 'true or false')
}

/** A frozen copy of any JSON value; absent is null. */
export function jsonAt(cursor: Cursor): Json {
  const json = toJson(cursor.value, '')
  if (!(json instanceof JsonRefusal)) return json
  throw refuse(cursor, `no JSON (${json.reason})`, undefined, json.path)
}

/** Whether nothing was given: null counts as nothing, as it does in Celery. */
export function isAbsent(cursor: Cursor): boolean {
  return cursor.value === undefined || cursor.value === null
}

export function isRecord(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error for a cursor, or for what is `inside` it: what was found there, and what is expected instead. */
export function refuse(cursor: Cursor, found: string, expected?: string, inside = ''): ArpeggioError {
  const wanted = expected === undefined ? '' : `, expected ${expected}`
  return new ArpeggioError(
    'signature-invalid',
    `Cannot read the signature: ${path(cursor, inside)} is ${found}${wanted}.`,
  )
}

/** What was found, in the words of an error. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  return typeof value === 'string' ? `the text ${show(value)}` : show(value)
}

/** Such as `$.kwargs.tasks[3].options.link[0].task`, and on to what is `inside` that. */
export function path(cursor: Cursor, inside = ''): string {
  const steps: string[] = []
  for (let here: Cursor | undefined = cursor; here; here = here.parent) steps.push(step(here))
  return cut(steps.reverse().join('') + inside, LIMITS.pathCharacters)
}

function step(cursor: Cursor): string {
  if (cursor.index !== undefined) return `[${cursor.index}]`
  if (cursor.parent === undefined) return cursor.key
  return /^[A-Za-z_$][\w$]*$/.test(cursor.key) ? `.${cursor.key}` : `[${show(cursor.key)}]`
}

type Entries = Readonly<Record<string, unknown>>
