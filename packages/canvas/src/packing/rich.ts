import { isForbiddenKey, type Json, LIMITS, MAX_VALUE_DEPTH } from '@arpeggio/core'

/** Under which a value says of which kind it is: `{ $: 'Map', of: [['a', 1]] }`. */
const KIND = '$'

/**
 * What JSON has no form for: undefined, bigint, NaN and infinities, Date, Map, Set, RegExp and bytes, wherever they stand in
 * lists and plain objects. What it does not know either is left for JSON to judge.
 */
export const RICH: { encode(value: unknown): unknown; decode(json: Json): unknown } = Object.freeze({
  encode: (value: unknown) => write(value, { depth: 0, left: LIMITS.valueItems }),
  decode: read,
})

/** How deep the value at hand is, and how many more there may be: the same one may stand in many places. */
interface Walk {
  depth: number
  left: number
}

function write(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'undefined':
      return { [KIND]: 'undefined' }
    case 'bigint':
      return { [KIND]: 'bigint', of: String(value) }
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { [KIND]: 'number', of: nameOf(value) }
    case 'object':
      return value === null ? null : writeObject(value, walk)
    default:
      return value
  }
}

function writeObject(value: object, walk: Walk): unknown {
  if (walk.depth >= MAX_VALUE_DEPTH || --walk.left < 0) {
    throw new RangeError(
      `it nests deeper than ${MAX_VALUE_DEPTH} levels, or holds more than ${LIMITS.valueItems} values`,
    )
  }
  walk.depth++
  const written = writeKind(value, walk)
  walk.depth--
  return written
}

function writeKind(value: object, walk: Walk): unknown {
  const each = (items: Iterable<unknown>): unknown[] => Array.from(items, (item) => write(item, walk))
  if (Array.isArray(value)) return each(value)
  if (value instanceof Date)
    return { [KIND]: 'Date', of: Number.isNaN(value.getTime()) ? null : value.getTime() }
  if (value instanceof Map) return { [KIND]: 'Map', of: Array.from(value, each) }
  if (value instanceof Set) return { [KIND]: 'Set', of: each(value) }
  if (value instanceof RegExp) return { [KIND]: 'RegExp', of: [value.source, value.flags] }
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { [KIND]: Buffer.isBuffer(value) ? 'Buffer' : 'Uint8Array', of: bytes.toString('base64') }
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in value) return value
  const entries = Object.entries(value).map(([key, item]) => [key, write(item, walk)] as const)
  // Here they would be values. As keys they are refused, as those of all that travels.
  if (entries.some(([key]) => isForbiddenKey(key))) return Object.fromEntries(entries)
  return Object.hasOwn(value, KIND) ? { [KIND]: 'Object', of: entries } : Object.fromEntries(entries)
}

function nameOf(number: number): string {
  return Object.is(number, -0) ? '-0' : String(number)
}

function read(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(read)
  const { [KIND]: kind, of = null } = json as Readonly<Record<string, Json>>
  if (kind !== undefined) return readKind(kind, of)
  return readEntries(Object.entries(json))
}

function readEntries(entries: readonly [string, Json][]): object {
  return Object.fromEntries(
    entries.filter(([key]) => !isForbiddenKey(key)).map(([key, value]) => [key, read(value)]),
  )
}

function readKind(kind: Json, of: Json): unknown {
  switch (kind) {
    case 'undefined':
      return undefined
    case 'bigint':
      return BigInt(of as string)
    case 'number':
      return Number(of)
    case 'Date':
      return new Date(of === null ? Number.NaN : (of as number))
    case 'Map':
      return new Map(read(of) as [unknown, unknown][])
    case 'Set':
      return new Set(read(of) as unknown[])
    case 'RegExp':
      return new RegExp(...(of as [string, string]))
    case 'Buffer':
      return Buffer.from(of as string, 'base64')
    case 'Uint8Array':
      return new Uint8Array(Buffer.from(of as string, 'base64'))
    case 'Object':
      return readEntries(of as [string, Json][])
    default:
      throw new TypeError(`it holds a value of an unknown kind, ${JSON.stringify(kind)}`)
  }
}
