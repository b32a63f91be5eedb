import { isForbiddenKey, type Json, type JsonObject, JsonRefusal, thaw, toJson } from '../../model/json.ts'

/** What values are packed by, and how they are made shorter. Nothing said: they are plain JSON. */
export interface Packing {
  readonly serializer?: string
  readonly compression?: string
}

/**
 * What makes JSON of values that are more than that, and values again. What it packed says so itself, so whoever is handed
 * a value need not know who packed it.
 */
export interface Packer {
  pack(value: unknown, path: string, packing: Packing): Json | JsonRefusal
  /** The same, if it is long, in fewer bytes. How long it may be is asked before. */
  shorten(json: Json, packing: Packing): Json
  /** What travelled, as whoever is given it may have and change it. Throws if it cannot be unpacked here. */
  open(json: Json): unknown
}

/** Knows nothing but plain JSON. What was packed stays so. */
export const PLAIN_PACKER: Packer = Object.freeze({
  pack: (value: unknown, path: string) => toJson(value, path),
  shorten: (json: Json) => json,
  open: (json: Json) => thaw(json),
})

/** A list of arguments, or those that have names. */
export type Given = readonly unknown[] | Readonly<Record<string, unknown>>

const NOBODY: ReadonlySet<unknown> = new Set()

/** Arguments, each packed by itself: the step behind hands one in front of them. What is `travelled` was packed before. */
export function packEach(
  given: Given,
  path: string,
  packing: Packing,
  packer: Packer,
  travelled: ReadonlySet<unknown> = NOBODY,
): Json | JsonRefusal {
  if ((packing.serializer ?? 'json') === 'json' && travelled.size === 0) return toJson(given, path)
  return each(given, (value, key) => {
    if (typeof key === 'string' && isForbiddenKey(key)) return toJson({ [key]: null }, path)
    if (travelled.has(value)) return value as Json
    return packer.pack(value, typeof key === 'number' ? `${path}[${key}]` : `${path}.${key}`, packing)
  })
}

/** The same, with each that is long in fewer bytes. */
export function shortenEach(json: Json, packing: Packing, packer: Packer): Json {
  if (packing.compression === undefined) return json
  return each(json as Given, (value) => packer.shorten(value as Json, packing)) as Json
}

function each(
  given: Given,
  make: (value: unknown, key: number | string) => Json | JsonRefusal,
): Json | JsonRefusal {
  const isList = Array.isArray(given)
  const made: Json[] | Record<string, Json> = isList ? [] : {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined && !isList) continue
    const json = make(value, isList ? Number(key) : key)
    if (json instanceof JsonRefusal) return json
    ;(made as JsonObject & Record<string, Json>)[key] = json
  }
  return Object.freeze(made)
}
