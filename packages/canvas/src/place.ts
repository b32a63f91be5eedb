import { ArpeggioError, type Json, JsonRefusal, toJson } from '@arpeggio/core'

/** A value in JSON that is being read, and the way to it. */
export interface Place {
  readonly value: unknown
  readonly key: string
  readonly index: number | undefined
  readonly parent: Place | undefined
}

/** Where reading begins; called `$` in paths. */
export function rootPlace(value: unknown): Place {
  return { value, key: '$', index: undefined, parent: undefined }
}

/** The value under a key, undefined where there is none. Only own keys are seen. */
export function at(place: Place, key: string): Place {
  const record = recordAt(place)
  return { value: Object.hasOwn(record, key) ? record[key] : undefined, key, index: undefined, parent: place }
}

/** Everything in an object, key by key. */
export function entries(place: Place): Place[] {
  const record = recordAt(place)
  return Object.keys(record).map((key) => ({ value: record[key], key, index: undefined, parent: place }))
}

/** The items of a list. */
export function listAt(place: Place): Place[] {
  if (!Array.isArray(place.value)) throw refuse(place, describe(place.value), 'a list')
  return place.value.map((value: unknown, index) => ({ value, key: '', index, parent: place }))
}

/** An object, not a list. Absent and null stand for an empty one. */
export function recordAt(place: Place): Entries {
  if (isAbsent(place)) return {}
  if (isRecord(place.value)) return place.value
  throw refuse(place, describe(place.value), 'an object')
}

export function textAt(place: Place): string {
  if (typeof place.value === 'string') return place.value
  throw refuse(place, describe(place.value), 'a text')
}

export function numberAt(place: Place): number {
  if (typeof place.value === 'number' && Number.isFinite(place.value)) return place.value
  throw refuse(place, describe(place.value), 'a number')
}

/** A whole number, one or more. */
export function countAt(place: Place): number {
  const count = numberAt(place)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw refuse(place, describe(count), 'a whole number above zero')
}

export function flagAt(place: Place): boolean {
  if (typeof place.value === 'boolean') return place.value
  throw refuse(place, describe(place.value), 'true or false')
}

/** A frozen copy of any JSON value; absent is null. */
export function jsonAt(place: Place): Json {
  const json = toJson(place.value, '')
  if (!(json instanceof JsonRefusal)) return json
  throw refuse(place, `no JSON (${json.reason})`, undefined, json.path)
}

/** Whether nothing was given: null counts as nothing, as it does in Celery. */
export function isAbsent(place: Place): boolean {
  return place.value === undefined || place.value === null
}

export function isRecord(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error for a place, or for what is `inside` it: what was found there, and what is expected instead. */
export function refuse(place: Place, found: string, expected?: string, inside = ''): ArpeggioError {
  const wanted = expected === undefined ? '' : `, expected ${expected}`
  return new ArpeggioError(
    'signature-invalid',
    `Cannot read the signature: ${path(place)}${inside} is ${found}${wanted}.`,
  )
}

/** A value in the words of an error. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  switch (typeof value) {
    case 'string':
      return `the text ${show(value)}`
    case 'number':
    case 'boolean':
      return show(value)
    case 'object':
      return 'an object'
    default:
      return `a ${typeof value}`
  }
}

const SHOWN_CHARACTERS = 40
const SHOWN_PATH_CHARACTERS = 240

/** A plain value as JSON; a long text is cut. */
export function show(value: unknown): string {
  if (typeof value !== 'string') return String(value)
  if (value.length <= SHOWN_CHARACTERS) return JSON.stringify(value)
  return `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}…`
}

/** Such as `$.kwargs.tasks[3].options.link[0].task`; a very long path is shortened in the middle. */
export function path(place: Place): string {
  const steps: string[] = []
  for (let here: Place | undefined = place; here; here = here.parent) steps.push(step(here))
  const text = steps.reverse().join('')
  if (text.length <= SHOWN_PATH_CHARACTERS) return text
  return `${text.slice(0, SHOWN_PATH_CHARACTERS / 2)} … ${text.slice(-SHOWN_PATH_CHARACTERS / 2)}`
}

function step(place: Place): string {
  if (place.index !== undefined) return `[${place.index}]`
  if (place.parent === undefined) return place.key
  return /^[A-Za-z_$][\w$]*$/.test(place.key) ? `.${place.key}` : `[${show(place.key)}]`
}

type Entries = Readonly<Record<string, unknown>>
