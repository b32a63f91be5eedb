import {
  ArpeggioError,
  checkOptions,
  type Json,
  JsonRefusal,
  KINDS,
  PACKED,
  type PackedJson,
  type Packer,
  type Packing,
  show,
  thaw,
  toJson,
} from '@arpeggio/core'
import { gunzip, gzip } from './gzip.ts'
import { RICH } from './rich.ts'

/** Makes JSON of values that are more than that, and those values again. Both answer at once. */
export interface Serializer {
  encode(value: unknown): unknown
  decode(json: Json): unknown
}

/** What makes a value shorter is named beside the serializers where a value says how it was packed. */
const GZIP = 'gzip'
const OURS: readonly string[] = ['json', 'rich', GZIP, 'none']

/** The serializers of one app, by name. */
export class Serializers implements Packer {
  readonly #app: string
  readonly #known: Map<string, Serializer> = new Map([['rich', RICH]])

  constructor(app: string) {
    this.#app = app
  }

  add(name: string, serializer: Serializer): void {
    const what = `the serializer ${show(name)}`
    if (!KINDS.text.is(name) || OURS.includes(name) || this.#known.has(name)) {
      throw new ArpeggioError(
        'option-invalid',
        `The app ${this.#app} cannot have ${what}: give a name that is a text, and not taken (${[...OURS, ...this.#known.keys()].join(', ')}).`,
      )
    }
    checkOptions(serializer, { encode: KINDS.deed, decode: KINDS.deed }, what)
    for (const deed of ['encode', 'decode'] as const) {
      if (serializer[deed] !== undefined) continue
      throw new ArpeggioError(
        'option-invalid',
        `${what} has no ${deed}. Give { encode, decode }: two functions.`,
      )
    }
    this.#known.set(name, serializer)
  }

  /** Knows all that another one does. */
  adopt(others: Serializers): void {
    for (const [name, serializer] of others.#known) this.#known.set(name, serializer)
  }

  pack(value: unknown, path: string, { serializer: name = 'json' }: Packing): Json | JsonRefusal {
    if (name === 'json') return toJson(value, path)
    const serializer = this.#named(name, `${path} cannot be packed`)
    let encoded: unknown
    try {
      encoded = serializer.encode(value)
    } catch (cause) {
      return new JsonRefusal(path, `is not what the serializer ${name} takes: ${show(cause)}`, { cause })
    }
    const json = toJson(encoded, path)
    return json instanceof JsonRefusal ? json : packed(name, json)
  }

  shorten(json: Json, { compression }: Packing): Json {
    const short = compression === GZIP ? gzip(json) : null
    return short === null ? json : packed(GZIP, short)
  }

  open = (json: Json): unknown => thaw(json, this.#unpack)

  readonly #unpack = (packed: PackedJson): unknown =>
    packed[PACKED] === GZIP
      ? readable(GZIP, () => thaw(gunzip(packed.value), this.#decode)) // what is compressed in it was not made here
      : this.#decode(packed)

  readonly #decode = ({ [PACKED]: name, value }: PackedJson): unknown => {
    const serializer = this.#named(name, 'A value cannot be unpacked')
    return readable(name, () => serializer.decode(thaw(value)))
  }

  #named(name: unknown, what: string): Serializer {
    const serializer = typeof name === 'string' ? this.#known.get(name) : undefined
    if (serializer !== undefined) return serializer
    throw new ArpeggioError(
      'serializer-unknown',
      `${what}: the app ${this.#app} has no serializer ${show(name)}. Make it known wherever such values come and go: app.serializer(${show(name)}, { encode, decode }).`,
    )
  }
}

/** What comes of unpacking; what goes wrong with that is told in one way. */
function readable(name: string, unpack: () => unknown): unknown {
  try {
    return unpack()
  } catch (cause) {
    if (cause instanceof ArpeggioError) throw cause
    throw new ArpeggioError(
      'value-unreadable',
      `A value that was packed as ${show(name)} cannot be unpacked: ${show(cause)}. Look whether who packed it has the same ${name}.`,
      { cause },
    )
  }
}

function packed(name: string, value: Json): Json {
  return Object.freeze({ [PACKED]: name, value })
}
