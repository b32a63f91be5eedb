import { isWhole, type Json, moment, show } from '@arpeggio/core'
import { CELERY_WORDS, isReservedStamp, STAMP_NAMES } from '../node/celery-words.ts'
import { NO_OPTIONS, type NodeOptions } from '../node/node.ts'
import { isCompression } from '../node/parse-options.ts'
import {
  at,
  type Cursor,
  entries,
  flagAt,
  isAbsent,
  jsonAt,
  listAt,
  numberAt,
  recordAt,
  refuse,
  textAt,
} from './cursor.ts'

/** Options read from Celery's words. Links are other signatures, so for them there is only where they are. */
export interface ReadOptions {
  readonly own: NodeOptions
  readonly link: readonly Cursor[] | undefined
  readonly linkError: readonly Cursor[] | undefined
}

const NOTHING_SET: ReadOptions = { own: NO_OPTIONS, link: undefined, linkError: undefined }

/**
 * Reads Celery's options, all but one that is read `apart`. Null stands for not set, as in Celery, but for a limit: then it is none. Keys of no meaning
 * here are kept in `foreign`.
 */
export function readOptions(cursor: Cursor, apart?: string): ReadOptions {
  const given = entries(cursor).filter((option) => option.key !== apart)
  if (given.length === 0) return NOTHING_SET
  const own: Draft = {}
  const stamps = readStampNames(cursor)
  let link: readonly Cursor[] | undefined
  let linkError: readonly Cursor[] | undefined
  for (const option of given) {
    if (stamps?.has(option.key)) setIn(own, 'stamps', option)
    else if (isUnset(option)) continue
    else if (option.key === 'link') link = signatures(option)
    else if (option.key === 'link_error') linkError = signatures(option)
    else if (option.key === STAMP_NAMES) own.stamps ??= {}
    else readOption(own, option)
  }
  if ((own.softTimeLimit ?? 0) > (own.timeLimit ?? Number.POSITIVE_INFINITY)) {
    const soft = at(cursor, CELERY_WORDS.softTimeLimit)
    throw refuse(soft, `${show(soft.value)}, above the time_limit`, 'one that is not above it')
  }
  if (own.stamps) Object.freeze(own.stamps)
  if (own.foreign) Object.freeze(own.foreign)
  return { own: Object.freeze(own), link, linkError }
}

/** Whose null says something. */
const MAY_BE_NULL: ReadonlySet<string> = new Set([CELERY_WORDS.timeLimit, CELERY_WORDS.softTimeLimit])

function isUnset({ key, value }: Cursor): boolean {
  if (value === null) return isReservedStamp(key) && !MAY_BE_NULL.has(key)
  return value === undefined && isReservedStamp(key)
}

type Draft = {
  -readonly [Key in keyof Omit<NodeOptions, 'stamps' | 'foreign'>]: NodeOptions[Key]
} & { stamps?: Record<string, Json>; foreign?: Record<string, Json> }

function readOption(own: Draft, option: Cursor): void {
  switch (option.key) {
    case 'queue':
    case 'shadow':
    case 'serializer':
      own[option.key] = nameAt(option)
      break
    case 'task_id':
      own.taskId = textAt(option)
      break
    case 'priority':
      own.priority = priorityAt(option)
      break
    case 'idempotency_key':
      own.idempotencyKey = nameAt(option)
      break
    case 'retries':
      own.retries = wholeAt(option)
      break
    case 'compression':
      if (isCompression(option.value)) own.compression = option.value
      else setIn(own, 'foreign', option) // one of Celery's
      break
    case 'countdown':
      own.countdown = duration(option)
      break
    case 'time_limit':
      own.timeLimit = limitAt(option)
      break
    case 'soft_time_limit':
      own.softTimeLimit = limitAt(option)
      break
    case 'eta':
      own.eta = momentAt(option)
      break
    case 'expires':
    case 'deadline':
      own[option.key] = typeof option.value === 'number' ? duration(option) : momentAt(option)
      break
    case 'ignore_result':
      own.ignoreResult = flagAt(option)
      break
    case 'headers':
      recordAt(option)
      own.headers = jsonAt(option) as Record<string, Json>
      break
    case '__proto__':
      throw refuse(option, 'a key that could change the object it is put in', 'another name')
    default:
      setIn(own, 'foreign', option)
  }
}

function readStampNames(cursor: Cursor): Set<string> | undefined {
  const listed = at(cursor, STAMP_NAMES)
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

function setIn(own: Draft, part: 'stamps' | 'foreign', option: Cursor): void {
  own[part] ??= {}
  own[part][option.key] = jsonAt(option)
}

function nameAt(option: Cursor): string {
  const text = textAt(option)
  if (text !== '') return text
  throw refuse(option, 'an empty text', 'a name')
}

function priorityAt(option: Cursor): number {
  const priority = numberAt(option)
  if (Number.isInteger(priority) && priority >= 0 && priority <= 9) return priority
  throw refuse(option, `the number ${show(priority)}`, 'a whole number from 0 to 9')
}

function wholeAt(option: Cursor): number {
  const count = numberAt(option)
  if (isWhole(count, 0)) return count
  throw refuse(option, `the number ${show(count)}`, 'a whole number from 0')
}

/** Celery takes one signature for a list of one. */
function signatures(option: Cursor): readonly Cursor[] {
  return Array.isArray(option.value) ? listAt(option) : [option]
}

/** Exact for every duration of up to 15 digits: rounding there undoes what division and multiplication rounded. */
function duration(option: Cursor): number {
  const milliseconds = Number((numberAt(option) * 1_000).toPrecision(15))
  if (milliseconds >= 0 && Number.isFinite(milliseconds)) return milliseconds
  throw refuse(option, `the number ${show(option.value)}`, 'seconds, not negative')
}

function limitAt(option: Cursor): number | null {
  if (option.value === null) return null
  const milliseconds = duration(option)
  if (milliseconds > 0) return milliseconds
  throw refuse(option, 'the number 0', 'seconds above zero, or null for no limit')
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** Like Celery, takes a moment without a zone as UTC; never as the zone of this machine. */
function momentAt(option: Cursor): string {
  const text = textAt(option)
  const match = ISO.exec(text)
  const zoned = match?.[1] === undefined && text.length > 10 ? `${text}Z` : text
  if (match && !Number.isNaN(Date.parse(zoned))) return moment(zoned, option.key)
  throw refuse(option, `the text ${show(text)}`, "an ISO moment such as '2030-01-31T12:00:00Z'")
}
