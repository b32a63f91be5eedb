import { cut } from './cut.ts'
import { LIMITS } from './limits.ts'
import { show } from './show.ts'

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
  /** What was thrown, where reading it failed. */
  readonly cause?: unknown
}

/** How deep a value may nest. Deeper ones are refused, so walking a value may recurse. */
export const MAX_VALUE_DEPTH = 1_200

/**
 * The frozen JSON form of a value, as `JSON.parse(JSON.stringify(value))` would give it, or the first thing in it that
 * would be lost on the way. `undefined` alone becomes null; undefined properties are left out. Never throws, though
 * what it reads may; and comes to an end, though a value may hold the same one over and over.
 */
export function toJson(value: unknown, path: string, items: number = LIMITS.valueItems): Json | JsonRefusal {
  const walk: Walk = { whole: value, trail: [path], items, left: items }
  try {
    const json = convert(value, walk)
    return json === undefined ? null : json
  } catch (cause) {
    return refuse(walk, `reading it failed with ${show(cause)}`, { cause })
  }
}

/**
 * The one key that tells how a value was packed: `{ '~packed': 'rich', value }`. No value that is not packed has it, so
 * nobody can send what would be taken for packed.
 */
export const PACKED = '~packed'

/** A value that travels as something else, by what it was packed, and what was made of it. */
export interface PackedJson extends JsonObject {
  readonly [PACKED]: string
  readonly value: Json
}

/** A copy that its owner may change: what travels is shared, and frozen where it never left this process. */
export function thaw(json: Json): Json
/** The same, with what was packed as it is unpacked. */
export function thaw(json: Json, unpack: (packed: PackedJson) => unknown): unknown
export function thaw(json: Json, unpack: (packed: PackedJson) => unknown = copyOf): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map((item) => thaw(item, unpack))
  return (json as JsonObject)[PACKED] === undefined
    ? copyOf(json as JsonObject, unpack)
    : unpack(json as PackedJson)
}

function copyOf(json: JsonObject, unpack?: (packed: PackedJson) => unknown): unknown {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(json)) {
    if (key === '__proto__') continue // only somebody else than we can have written that
    copy[key] = unpack ? thaw(value, unpack) : thaw(value)
  }
  return copy
}

/** Why a value cannot travel: a fault, returned instead of thrown because asking is common. */
export class JsonRefusal implements JsonFault {
  readonly path: string
  readonly reason: string
  declare readonly cause?: unknown
  constructor(path: string, reason: string, thrown: Pick<JsonFault, 'cause'> = {}) {
    this.path = path
    this.reason = reason
    Object.assign(this, thrown)
  }
}

type PlainRecord = Readonly<Record<string, unknown>>
interface SaysItself {
  toJSON(key: string): unknown
}

/** Where the reading of a value is. */
interface Walk {
  readonly whole: unknown
  /** The way from the whole to the value at hand: its name, then keys and indices. */
  readonly trail: (string | number)[]
  /** How many items and properties the whole may have, and how many are left of them. */
  readonly items: number
  left: number
}

/** The JSON form of a value; undefined where JSON would leave it out. */
function convert(value: unknown, walk: Walk): Json | JsonRefusal | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      if (!Number.isFinite(value)) return refuse(walk, `${value} has no JSON form`)
      return value === 0 ? 0 : value // -0 is written as 0
    case 'object':
      if (value === null) return null
      return hasToJson(value) ? convertSaid(value, walk) : convertPlain(value, walk)
    default:
      return refuse(walk, `a ${typeof value} cannot travel as JSON`)
  }
}

/** What a value says itself. A Date that is none says null, and would be taken for nothing at all. */
function convertSaid(value: SaysItself, walk: Walk): Json | JsonRefusal | undefined {
  const said = value.toJSON(lastKey(walk.trail))
  if (said === null && kindOf(value) === 'Date') return refuse(walk, 'an invalid Date would arrive as null')
  return convertPlain(said, walk)
}

/** The same for what is not asked for its `toJSON` (again). */
function convertPlain(value: unknown, walk: Walk): Json | JsonRefusal | undefined {
  if (typeof value !== 'object' || value === null) return convert(value, walk)
  if (walk.trail.length > MAX_VALUE_DEPTH) return tooDeep(walk)
  if (Array.isArray(value)) return copyArray(value, walk)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return copyRecord(value as PlainRecord, walk)
  return convertInstance(value, walk)
}

/** An instance travels as its own properties, unless what it holds is not there. */
function convertInstance(value: object, walk: Walk): Json | JsonRefusal | undefined {
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    const inner: unknown = value.valueOf()
    if (typeof inner !== 'object') return convert(inner, walk)
  }
  const lost = whatWouldBeLost(value)
  return lost === null ? copyRecord(value as PlainRecord, walk) : refuse(walk, lost)
}

function copyRecord(value: PlainRecord, walk: Walk): Json | JsonRefusal {
  const copy: Record<string, Json> = {}
  const { trail } = walk
  const keys = Object.keys(value)
  walk.left -= keys.length
  if (walk.left < 0) return tooMany(walk)
  for (const key of keys) {
    trail.push(key)
    if (isForbiddenKey(key)) return refuse(walk, `a key named ${key} is refused`)
    const json = convert(value[key], walk)
    if (json instanceof JsonRefusal) return json
    if (json !== undefined) copy[key] = json
    trail.pop()
  }
  return Object.freeze(copy)
}

/** One would change what an object is; the other, what it is taken for. */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__' || key === PACKED
}

function copyArray(value: readonly unknown[], walk: Walk): Json | JsonRefusal {
  const { trail } = walk
  walk.left -= value.length
  if (walk.left < 0) return tooMany(walk)
  const copy: Json[] = new Array(value.length)
  for (let index = 0; index < value.length; index++) {
    trail.push(index)
    const json = convert(value[index], walk)
    if (json === undefined) return refuse(walk, 'undefined in a list cannot travel as JSON')
    if (json instanceof JsonRefusal) return json
    copy[index] = json
    trail.pop()
  }
  return Object.freeze(copy)
}

function tooMany(walk: Walk): JsonRefusal {
  return refuse(walk, `up to here, there are more than ${walk.items} items and properties`)
}

/** Most often a circle: then it is told where that closes, and not how long somebody went round in it. */
function tooDeep(walk: Walk): JsonRefusal {
  const { whole, trail } = walk
  const passed = new Map<unknown, number>()
  let value = whole
  for (let steps = 1; typeof value === 'object' && value !== null; steps++) {
    const before = passed.get(value)
    if (before !== undefined)
      return refuse(
        { trail: trail.slice(0, steps) },
        `closes a circle: it is ${pathOf(trail.slice(0, before))} again`,
      )
    passed.set(value, steps)
    value = (value as Readonly<Record<string | number, unknown>>)[trail[steps] as string | number]
  }
  return refuse(walk, `nested deeper than ${MAX_VALUE_DEPTH} levels, or cyclic`)
}

function hasToJson(value: object): value is SaysItself {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** What JSON would write without complaint, and nobody could read again. */
function whatWouldBeLost(value: object): string | null {
  if (ArrayBuffer.isView(value)) return BINARY
  const known = LOST.get(kindOf(value))
  if (known !== undefined) return known
  if (Object.keys(value).length > 0 || !hasMembers(Object.getPrototypeOf(value))) return null
  return `${show(value)} would arrive empty: it keeps what it holds to itself`
}

const BINARY = 'binary data has no JSON form: send base64 text'
const LOST: ReadonlyMap<string, string> = new Map([
  ['ArrayBuffer', BINARY],
  ['SharedArrayBuffer', BINARY],
  ['Map', 'a Map would arrive empty: send its entries as a list'],
  ['Set', 'a Set would arrive empty: send its values as a list'],
  ['Promise', 'a Promise would arrive empty: await it first'],
  ['Error', 'an Error would arrive empty: send its message'],
  ['RegExp', 'a RegExp would arrive empty: send its source'],
])

/** Such as `Map`, also of what extends it, and of what comes from another realm. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

/**
 * Whether a class has methods or accessors. They work on something, and if that is not in the open, it is hidden: in
 * private fields, as in URLSearchParams, or in the engine, as in a generator.
 */
function hasMembers(prototype: object | null): boolean {
  const above: object | null = prototype === null ? null : Object.getPrototypeOf(prototype)
  if (prototype === null || above === null) return false // the Object.prototype of some realm
  return Reflect.ownKeys(prototype).some((key) => key !== 'constructor') || hasMembers(above)
}

function refuse(
  { trail }: Pick<Walk, 'trail'>,
  reason: string,
  thrown?: Pick<JsonFault, 'cause'>,
): JsonRefusal {
  return new JsonRefusal(pathOf(trail), reason, thrown)
}

function pathOf(trail: Walk['trail']): string {
  const [whole = '', ...keys] = trail
  const path = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
  })
  return cut(whole + path.join(''), LIMITS.pathCharacters)
}

function lastKey(trail: Walk['trail']): string {
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
