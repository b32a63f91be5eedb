import {
  ArpeggioError,
  type Duration,
  isPlainObject,
  isWhole,
  type Json,
  JsonRefusal,
  KINDS,
  LIMITS,
  milliseconds,
  moment,
  show,
  toJson,
  unknownOption,
} from '@arpeggio/core'
import { isReservedStamp, takenStamp } from './celery-words.ts'
import type { Compression, Node, NodeOptions } from './node.ts'
import type { Drawn, LaunchOptions } from './options.ts'

/** The canonical form of options, or a coded error that names the option at fault. `owner` names whose they are. */
export function parseOptions(
  options: Omit<LaunchOptions, 'kwargs' | 'immutable'>,
  owner: string,
): NodeOptions {
  const parsed: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (value === null && !LIMITS_OF_TIME.includes(name))) continue
    if (!isKnown(name)) throw unknownOption(name, Object.keys(PARSE), owner, 'call')
    const said = PARSE[name](value, `The option ${name} of ${owner}`)
    if (said !== undefined) parsed[name] = said
  }
  const pair = EITHER.find(([one, other]) => one in parsed && other in parsed)
  if (pair !== undefined) {
    const [one, other, says] = pair
    throw new ArpeggioError(
      'option-invalid',
      `${owner} was given both ${one} and ${other}. Keep one: each says ${says}.`,
    )
  }
  return Object.freeze(parsed)
}

/** Of these, null says something: that there is none. */
const LIMITS_OF_TIME: readonly string[] = ['timeLimit', 'softTimeLimit']

/** What is asked to stop must still be there: a soft limit comes before the hard one, where the same place says both. */
export function checkLimits(
  soft: Duration | null | undefined,
  hard: Duration | null | undefined,
  owner: string,
): void {
  if (soft === undefined || soft === null || hard === undefined || hard === null) return
  const softMs = milliseconds(soft, `softTimeLimit of ${owner}`)
  const hardMs = milliseconds(hard, `timeLimit of ${owner}`)
  if (softMs <= hardMs) return
  throw new ArpeggioError(
    'option-invalid',
    `The soft time limit of ${owner} is ${softMs} ms, above the hard one of ${hardMs} ms: it would never come. Give one that is not above it.`,
  )
}

/** Options that say the same thing in two ways: there is one of them, and the newer takes the place of the older. */
export const EITHER: readonly (readonly [keyof NodeOptions, keyof NodeOptions, says: string])[] = [
  ['countdown', 'eta', 'when it starts'],
  ['taskId', 'idempotencyKey', 'which run it is'],
]

type Parsed = Omit<NodeOptions, 'foreign'>

const PARSE: { readonly [K in keyof Parsed]-?: (value: unknown, what: string) => Parsed[K] | undefined } = {
  queue: (value, what) => {
    if (KINDS.queue.is(value)) return value as string
    throw impossible(what, value, KINDS.queue.hint)
  },
  priority: (value, what) => {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9) return value as number
    throw impossible(what, value, 'Give a whole number from 0 to 9; 0 goes first.')
  },
  expires: durationOrMoment,
  timeLimit: limit,
  softTimeLimit: limit,
  ignoreResult: (value, what) => {
    if (typeof value === 'boolean') return value
    throw impossible(what, value, 'Give true or false.')
  },
  retries: (value, what) => {
    if (isWhole(value, 0)) return value as number
    throw impossible(what, value, 'Give a whole number from 0.')
  },
  serializer: text,
  compression: (value, what) => {
    if (isCompression(value)) return value
    throw impossible(what, value, "Give 'gzip' or 'none'.")
  },
  shadow: text,
  headers: record,
  stamps: (value, what) => {
    const stamps = record(value, what)
    const taken = Object.keys(stamps).find(isReservedStamp)
    if (taken === undefined) return stamps
    throw takenStamp(taken, what)
  },
  countdown: duration,
  eta: (value, what) => moment(value as Date | string, what),
  taskId: id,
  idempotencyKey: id,
  deadline: durationOrMoment,
  link: drawings,
  linkError: drawings,
}

function isKnown(name: string): name is keyof Parsed {
  return Object.hasOwn(PARSE, name)
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw impossible(what, value, 'Give a text that is not empty.')
}

function id(value: unknown, what: string): string {
  const id = text(value, what)
  if (id.length <= LIMITS.idCharacters) return id
  throw impossible(what, value, `Give at most ${LIMITS.idCharacters} characters.`)
}

/** Whether it names a way to make values shorter that is known here. */
export function isCompression(value: unknown): value is Compression {
  return value === 'gzip' || value === 'none'
}

function duration(value: unknown, what: string): number {
  return milliseconds(value as Duration, what)
}

function durationOrMoment(value: unknown, what: string): number | string {
  const isMoment = value instanceof Date || (typeof value === 'string' && !/^\d+(\.\d+)?[a-z]+$/.test(value))
  return isMoment ? moment(value, what) : milliseconds(value as Duration, what)
}

/** In no time nothing can run. */
function limit(value: unknown, what: string): number | null {
  if (value === null) return null
  const most = duration(value, what)
  if (most > 0) return most
  throw new ArpeggioError(
    'duration-invalid',
    `${what} is ${show(value)}. Give a duration above zero, such as '250ms' or '5m', or leave it out; null is none.`,
  )
}

function record(value: unknown, what: string): Readonly<Record<string, Json>> {
  if (!isPlainObject(value)) {
    throw impossible(what, value, 'Give an object with a value for each name.')
  }
  const json = toJson(value, what)
  if (!(json instanceof JsonRefusal)) return json as Readonly<Record<string, Json>>
  throw new ArpeggioError(
    'value-not-json',
    `${json.path}: ${json.reason}. It travels as JSON: give plain data.`,
  )
}

/** Nothing linked says nothing: it must not make a scope of what has none. */
function drawings(value: unknown, what: string): readonly Node[] | undefined {
  const drawn: readonly unknown[] = Array.isArray(value) ? value : [value]
  const nodes = drawn.map((item) => {
    if (typeof item === 'object' && item !== null && 'node' in item) return (item as Drawn).node
    throw impossible(what, item, 'Give a signature, or a list of them: a task makes one with .s().')
  })
  return nodes.length === 0 ? undefined : Object.freeze(nodes)
}

function impossible(what: string, value: unknown, hint: string): ArpeggioError {
  return new ArpeggioError('option-invalid', `${what} cannot be ${show(value)}. ${hint}`)
}
