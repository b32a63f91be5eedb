/** What travels: every argument, result and header passes through JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** An object as JSON has it. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** A value JSON cannot carry, and where it was found. */
export interface JsonFault {
  readonly path: string
  readonly reason: string
}

/** How deep a value may nest. Deeper ones are refused, so walking a value may recurse. */
export const MAX_VALUE_DEPTH = 1_200

/**
 * The frozen JSON form of a value, as `JSON.parse(JSON.stringify(value))` would give it, or the first thing in it that
 * would be lost on the way. `undefined` alone becomes null; undefined properties are left out.
 */
export function toJson(value: unknown, path: string): Json | JsonRefusal {
  const json = convert(value, [path])
  return json === undefined ? null : json
}

/** Why a value cannot travel: a fault, returned instead of thrown because asking is common. */
export class JsonRefusal implements JsonFault {
  readonly path: string
  readonly reason: string
  constructor(path: string, reason: string) {
    this.path = path
    this.reason = reason
  }
}

/** The way from the whole to the value at hand: its name, then keys and indices. */
type Trail = (string | number)[]

/** The JSON form of a value; undefined where JSON would leave it out. */
function convert(value: unknown, trail: Trail): Json | JsonRefusal | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      if (!Number.isFinite(value)) return refuse(trail, `${value} has no JSON form`)
      return value === 0 ? 0 : value // -0 is written as 0
    case 'object':
      if (value === null) return null
      return hasToJson(value) ? convertPlain(value.toJSON(lastKey(trail)), trail) : convertPlain(value, trail)
    default:
      return refuse(trail, `a ${typeof value} cannot travel as JSON`)
  }
}

/** The same for what is not asked for its `toJSON` (again). */
function convertPlain(value: unknown, trail: Trail): Json | JsonRefusal | undefined {
  if (typeof value !== 'object' || value === null) return convert(value, trail)
  if (trail.length > MAX_VALUE_DEPTH)
    return refuse(trail, `nested deeper than ${MAX_VALUE_DEPTH} levels, or cyclic`)
  if (Array.isArray(value)) return copyArray(value, trail)
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return convert(value.valueOf(), trail)
  }
  const lost = whatWouldBeLost(value)
  return lost === null ? copyRecord(value as Readonly<Record<string, unknown>>, trail) : refuse(trail, lost)
}

function copyRecord(value: Readonly<Record<string, unknown>>, trail: Trail): Json | JsonRefusal {
  const copy: Record<string, Json> = {}
  for (const key of Object.keys(value)) {
    trail.push(key)
    if (key === '__proto__') return refuse(trail, 'a key named __proto__ is refused')
    const json = convert(value[key], trail)
    if (json instanceof JsonRefusal) return json
    if (json !== undefined) copy[key] = json
    trail.pop()
  }
  return Object.freeze(copy)
}

function copyArray(value: readonly unknown[], trail: Trail): Json | JsonRefusal {
  const copy: Json[] = new Array(value.length)
  for (let index = 0; index < value.length; index++) {
    trail.push(index)
    const json = convert(value[index], trail)
    if (json === undefined) return refuse(trail, 'undefined in a list cannot travel as JSON')
    if (json instanceof JsonRefusal) return json
    copy[index] = json
    trail.pop()
  }
  return Object.freeze(copy)
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** What JSON would write without complaint, and nobody could read again. */
function whatWouldBeLost(value: object): string | null {
  if (value instanceof Map || value instanceof Set || value instanceof WeakMap || value instanceof WeakSet) {
    return `a ${value.constructor.name} would arrive empty`
  }
  if (value instanceof Promise) return 'a Promise would arrive empty: await it first'
  if (value instanceof Error) return 'an Error would arrive empty: send its message'
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return 'binary data has no JSON form: send base64 text'
  }
  return null
}

function refuse(trail: Trail, reason: string): JsonRefusal {
  const [whole = '', ...keys] = trail
  const path = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
  })
  return new JsonRefusal(whole + path.join(''), reason)
}

function lastKey(trail: Trail): string {
  return trail.length > 1 ? String(trail.at(-1)) : ''
}

/** About how many bytes a value takes as JSON text: exact but for characters that are written as escapes. */
export function sizeOfJson(value: Json): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value) + 2
    case 'number':
      return value >= 0 && value < 10 && Number.isInteger(value) ? 1 : String(value).length
    case 'boolean':
      return value ? 4 : 5
    default:
      return value === null ? 4 : sizeOfContainer(value)
  }
}

function sizeOfContainer(value: readonly Json[] | JsonObject): number {
  let size = 2
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) size += sizeOfJson(item) + 1
    return size
  }
  for (const [key, item] of Object.entries(value))
    size += Buffer.byteLength(key) + 4 + sizeOfJson(item as Json)
  return size
}
