import { ArpeggioError, type Json, moment } from '@arpeggio/core'
import { NO_OPTIONS, type Node, type NodeOptions } from './node.ts'
import {
  at,
  entries,
  flagAt,
  isAbsent,
  jsonAt,
  listAt,
  numberAt,
  type Place,
  recordAt,
  refuse,
  show,
  textAt,
} from './place.ts'

/** Celery's options in Celery's words: seconds for our milliseconds, one key for each stamp. Keeps the order of the keys. */
export function writeOptions(options: NodeOptions, of: (child: Node) => unknown): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const key of Object.keys(options) as (keyof NodeOptions)[]) {
    if (options[key] !== undefined) writeOption(written, key, options, of)
  }
  return written
}

function writeOption(
  to: Record<string, unknown>,
  key: keyof NodeOptions,
  options: NodeOptions,
  of: (child: Node) => unknown,
): void {
  switch (key) {
    case 'queue':
    case 'priority':
    case 'shadow':
    case 'headers':
    case 'eta':
    case 'taskId':
    case 'ignoreResult':
      to[NAMES[key]] = options[key]
      break
    case 'countdown':
    case 'timeLimit':
    case 'softTimeLimit':
    case 'expires': {
      const time = options[key]
      to[NAMES[key]] = typeof time === 'number' ? time / 1_000 : time
      break
    }
    case 'link':
    case 'linkError':
      to[NAMES[key]] = options[key]?.map(of)
      break
    case 'stamps':
      writeStamps(to, options.stamps ?? {})
      break
    case 'foreign':
      Object.assign(to, options.foreign)
      break
    default:
      key satisfies never
  }
}

/** The option that lists which of the others are stamps. */
const STAMP_NAMES = 'stamped_headers'

const NAMES = {
  queue: 'queue',
  priority: 'priority',
  expires: 'expires',
  timeLimit: 'time_limit',
  softTimeLimit: 'soft_time_limit',
  ignoreResult: 'ignore_result',
  shadow: 'shadow',
  headers: 'headers',
  countdown: 'countdown',
  eta: 'eta',
  taskId: 'task_id',
  link: 'link',
  linkError: 'link_error',
} as const satisfies Record<Exclude<keyof NodeOptions, 'stamps' | 'foreign'>, string>

/** Whether a stamp of this name could not be told from an option in Celery's form. Such stamps are refused. */
export function isReservedStamp(name: string): boolean {
  return RESERVED.has(name)
}

const RESERVED: ReadonlySet<string> = new Set([
  ...Object.values(NAMES),
  ...[STAMP_NAMES, 'policy', '__proto__'],
])

function writeStamps(to: Record<string, unknown>, stamps: Readonly<Record<string, Json>>): void {
  const names = Object.keys(stamps)
  for (const name of names) {
    if (isReservedStamp(name)) {
      throw new ArpeggioError(
        'option-invalid',
        `A stamp named ${show(name)} cannot be written: Celery keeps stamps among the options, where this name is taken. Give the stamp another name.`,
      )
    }
    to[name] = stamps[name]
  }
  to[STAMP_NAMES] = names
}

/** Options read from Celery's words. Links are other signatures, so for them there is only where they are. */
export interface ReadOptions {
  readonly own: NodeOptions
  readonly link: readonly Place[] | undefined
  readonly linkError: readonly Place[] | undefined
}

const NOTHING_SET: ReadOptions = { own: NO_OPTIONS, link: undefined, linkError: undefined }

/**
 * Reads Celery's options, all but one that is read `apart`. Null stands for not set, as in Celery; keys of no meaning
 * here are kept in `foreign`.
 */
export function readOptions(place: Place, apart?: string): ReadOptions {
  const given = entries(place).filter((option) => option.key !== apart)
  if (given.length === 0) return NOTHING_SET
  const own: Draft = {}
  const stamps = readStampNames(place)
  let link: readonly Place[] | undefined
  let linkError: readonly Place[] | undefined
  for (const option of given) {
    if (stamps?.has(option.key)) setIn(own, 'stamps', option)
    else if (isAbsent(option) && isReservedStamp(option.key)) continue
    else if (option.key === 'link') link = signatures(option)
    else if (option.key === 'link_error') linkError = signatures(option)
    else if (option.key === STAMP_NAMES) own.stamps ??= {}
    else readOption(own, option)
  }
  if (own.stamps) Object.freeze(own.stamps)
  if (own.foreign) Object.freeze(own.foreign)
  return { own: Object.freeze(own), link, linkError }
}

type Draft = {
  -readonly [Key in keyof Omit<NodeOptions, 'stamps' | 'foreign'>]: NodeOptions[Key]
} & { stamps?: Record<string, Json>; foreign?: Record<string, Json> }

function readOption(own: Draft, option: Place): void {
  switch (option.key) {
    case 'queue':
    case 'shadow':
      own[option.key] = textAt(option)
      break
    case 'task_id':
      own.taskId = textAt(option)
      break
    case 'priority':
      own.priority = numberAt(option)
      break
    case 'countdown':
      own.countdown = duration(option)
      break
    case 'time_limit':
      own.timeLimit = duration(option)
      break
    case 'soft_time_limit':
      own.softTimeLimit = duration(option)
      break
    case 'eta':
      own.eta = momentAt(option)
      break
    case 'expires':
      own.expires = typeof option.value === 'number' ? duration(option) : momentAt(option)
      break
    case 'ignore_result':
      own.ignoreResult = flagAt(option)
      break
    case 'headers':
      recordAt(option)
      own.headers = jsonAt(option) as Record<string, Json>
      break
    case '__proto__':
      throw refuse(option, 'an option of this name, which is refused')
    default:
      setIn(own, 'foreign', option)
  }
}

function readStampNames(place: Place): Set<string> | undefined {
  const listed = at(place, STAMP_NAMES)
  if (isAbsent(listed)) return undefined
  const names = new Set<string>()
  for (const item of listAt(listed)) {
    const name = textAt(item)
    if (isReservedStamp(name)) {
      throw refuse(item, `the stamp name ${show(name)}, which is the name of an option`, 'another name')
    }
    names.add(name)
  }
  return names
}

function setIn(own: Draft, part: 'stamps' | 'foreign', option: Place): void {
  own[part] ??= {}
  own[part][option.key] = jsonAt(option)
}

/** Celery takes one signature for a list of one. */
function signatures(option: Place): readonly Place[] {
  return Array.isArray(option.value) ? listAt(option) : [option]
}

/** Exact for every duration of up to 15 digits: rounding there undoes what division and multiplication rounded. */
function duration(option: Place): number {
  const milliseconds = Number((numberAt(option) * 1_000).toPrecision(15))
  if (milliseconds >= 0) return milliseconds
  throw refuse(option, `the number ${show(option.value)}`, 'seconds, not negative')
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** Like Celery, takes a moment without a zone as UTC; never as the zone of this machine. */
function momentAt(option: Place): string {
  const text = textAt(option)
  const match = ISO.exec(text)
  const zoned = match?.[1] === undefined && text.length > 10 ? `${text}Z` : text
  if (match && !Number.isNaN(Date.parse(zoned))) return moment(zoned, option.key)
  throw refuse(option, `the text ${show(text)}`, "an ISO moment such as '2030-01-31T12:00:00Z'")
}
