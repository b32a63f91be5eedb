/** What travels: every argument, result and header passes through JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
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
 * The frozen JSON form of a value, as `JSON.parse(JSON.stringify(value))` would give it, or the first thing
 * in it that would be lost on the way. `undefined` alone becomes null; undefined properties are left out.
 */
export function toJson(value: unknown, path: string): Json | JsonRefusal {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : new JsonRefusal(path, `${value} has no JSON form`)
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : copyObject(value, path, 0)
    default:
      return new JsonRefusal(path, `a ${typeof value} cannot travel as JSON`)
  }
}

export class JsonRefusal implements JsonFault {
  readonly path: string
  readonly reason: string
  constructor(path: string, reason: string) {
    this.path = path
    this.reason = reason
  }
}

function copyItem(value: unknown, parent: string, key: string | number, depth: number): Json | JsonRefusal {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      return new JsonRefusal(step(parent, key), `${value} has no JSON form`)
    case 'object':
      if (value === null) return null
      return copyObject(value, step(parent, key), depth + 1)
    default:
      return new JsonRefusal(step(parent, key), `${article(typeof value)} cannot travel as JSON`)
  }
}

function copyObject(value: object, path: string, depth: number): Json | JsonRefusal {
  if (depth > MAX_VALUE_DEPTH) {
    return new JsonRefusal(path, `nested deeper than ${MAX_VALUE_DEPTH} levels, or cyclic`)
  }
  if (Array.isArray(value)) return copyArray(value, path, depth)
  if (hasToJson(value)) {
    const plain = value.toJSON('')
    if (typeof plain === 'object' && plain !== null) return copyObject(plain, path, depth + 1)
    return toJson(plain, path)
  }
  if (value instanceof Map || value instanceof Set || value instanceof WeakMap || value instanceof WeakSet) {
    return new JsonRefusal(path, `a ${value.constructor.name} would arrive empty`)
  }
  if (value instanceof Promise) return new JsonRefusal(path, 'a Promise would arrive empty: await it first')
  if (value instanceof Error) return new JsonRefusal(path, 'an Error would arrive empty: send its message')
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return new JsonRefusal(path, 'binary data has no JSON form: send base64 text')
  }
  const copy: Record<string, Json> = {}
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]
    if (item === undefined) continue
    if (key === '__proto__') return new JsonRefusal(step(path, key), 'a key named __proto__ is refused')
    const json = copyItem(item, path, key, depth)
    if (json instanceof JsonRefusal) return json
    copy[key] = json
  }
  return Object.freeze(copy)
}

function copyArray(value: readonly unknown[], path: string, depth: number): Json | JsonRefusal {
  const copy: Json[] = new Array(value.length)
  for (let index = 0; index < value.length; index++) {
    const json = copyItem(value[index], path, index, depth)
    if (json instanceof JsonRefusal) return json
    copy[index] = json
  }
  return Object.freeze(copy)
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function step(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
}

function article(type: string): string {
  return type === 'undefined' ? 'undefined in a list' : `a ${type}`
}

/** About how many bytes a value takes as JSON text; exact for ASCII without escapes. */
export function sizeOfJson(value: Json): number {
  switch (typeof value) {
    case 'string':
      return value.length + 2
    case 'number':
      return value >= 0 && value < 10 ? 1 : String(value).length
    case 'boolean':
      return value ? 4 : 5
    default: {
      if (value === null) return 4
      let size = 2
      if (Array.isArray(value)) {
        for (const item of value as readonly Json[]) size += sizeOfJson(item) + 1
        return size
      }
      const object = value as JsonObject
      for (const key of Object.keys(object)) size += key.length + 4 + sizeOfJson(object[key] as Json)
      return size
    }
  }
}
