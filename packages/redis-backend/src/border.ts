import {
  type CallMessage,
  type Chord,
  type ErrorRecord,
  type Failure,
  type Graft,
  isPlainObject,
  isWhole,
  type Json,
  KINDS,
  type Message,
  type Shape,
  type SpreadMessage,
  type StoredItem,
} from '@arpeggio/core'
import { restoreStep } from './plans.ts'

/*
 * The border: what comes from the server is what it should be, or an error that says what it is not. Whoever can write there
 * may have written anything. Nothing here recurses over what may be deep, but for what was found to be shallow.
 */

/** How deep what is read may nest: as deep as values may, and some for what they are in. Everybody may recurse over it. */
const MOST_DEPTH = 2_400
/** Lists and objects in one text: each takes many times more memory than characters. */
const MOST_CONTAINERS = 10_000_000

/** The JSON of a text, if it is not too much to be walked. What is wrong with it is said without a word of it: it may be secret. */
export function readJson(text: string): unknown {
  if (text.length > 2 * MOST_DEPTH) measure(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is no JSON')
  }
}

const QUOTE = 34
const BACKSLASH = 92

/** Before it is parsed: a bomb shall not go off. */
function measure(text: string): void {
  let depth = 0
  let containers = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfText(text, i)
    else if ((code | 0x20) === 0x7d)
      depth-- // ] and }
    else if ((code | 0x20) === 0x7b) {
      if (++depth > MOST_DEPTH) throw new Error(`it nests deeper than ${MOST_DEPTH} levels`)
      if (++containers > MOST_CONTAINERS)
        throw new Error(`it has more than ${MOST_CONTAINERS} lists and objects`)
    }
  }
}

/** Where a text in JSON ends that begins here. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end - 1
    while (text.charCodeAt(escapes) === BACKSLASH) escapes--
    if ((end - escapes) % 2 === 1) return end
  }
  return text.length
}

type Check = (value: unknown) => boolean
type Fields = Readonly<Record<string, Check>>

const isText: Check = (value) => typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isNumber: Check = (value) => Number.isFinite(value)
const isCount: Check = (value) => isWhole(value, 0)
const isNull: Check = (value) => value === null
const isList: Check = (value) => Array.isArray(value)
const isDelay: Check = (value) => isNumber(value) && (value as number) >= 0
const isInput: Check = (value) => Array.isArray(value) && value.length <= 1
/** A place in a run; also what hangs below a place, and what was added. */
const isPlace: Check = (value) => typeof value === 'string' && PLACE.test(value)
const PLACE = /^[\w.:-]+$/
const isPosition: Check = (value) => value === '' || isPlace(value)
/** A run's id; of a node the position behind it. */
const isRun: Check = (value) => typeof value === 'string' && RUN.test(value)
const RUN = /^[^.{}\s\p{Cc}\p{Cs}]+$/u
const isId: Check = (value) => typeof value === 'string' && ID.test(value)
const ID = /^[^{}\s\p{Cc}\p{Cs}]+$/u

const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const either =
  (one: Check, other: Check): Check =>
  (value) =>
    one(value) || other(value)

const isLimit = maybe(either(isNull, isNumber))
/** A moment that a Date can be made of. */
const isMoment: Check = (value) => isNumber(value) && Math.abs(value as number) <= 8.64e15

const SEAT: Fields = { chord: isId, index: isPlace }
const isSeat: Check = (value) => isPlainObject(value) && fault(value, SEAT) === null
/** The position of a chord of the same run, and the index there. */
const isOwnSeat: Check = (value) =>
  Array.isArray(value) && value.length === 2 && isPosition(value[0]) && isPlace(value[1])

const OPTIONS: Fields = {
  queue: maybe(KINDS.queue.is),
  priority: maybe((value) => isCount(value) && (value as number) <= 9),
  countdown: maybe(isNumber),
  eta: maybe(isMoment),
  expires: maybe(isMoment),
  timeLimit: isLimit,
  softTimeLimit: isLimit,
  ignoreResult: maybe(isFlag),
  retries: maybe(isCount),
  serializer: maybe(isText),
  compression: maybe(isText),
  shadow: maybe(isText),
  headers: maybe(isPlainObject),
  stamps: maybe(isPlainObject),
}
const isOptions: Check = (value) => isPlainObject(value) && fault(value, OPTIONS) === null

const LISTED: Fields = { list: isText, from: isCount, to: isCount }
const isListed: Check = (value) =>
  isPlainObject(value) && value['op'] === 'stored' && fault(value, LISTED) === null

const CALL: Fields = {
  at: isPlace,
  takes: maybe(isPosition),
  task: isText,
  args: isList,
  kwargs: isPlainObject,
  immutable: isFlag,
  options: isOptions,
  link: isList,
  errback: isList,
}
const isPolicy: Check = (value) =>
  ['all', 'failFast', 'settle'].includes(value as string) ||
  (isPlainObject(value) && isWhole(value['quorum'], 1))
const FORK: Fields = {
  at: isPlace,
  takes: maybe(isPosition),
  branches: either(isList, isListed),
  size: isCount,
  policy: isPolicy,
  keep: isFlag,
  options: isOptions,
  link: isList,
  errback: isList,
}
const STORED: Fields = { ...LISTED, op: (value) => value === 'stored', end: isPosition }

const COURSE: Fields = {
  run: isRun,
  root: isId,
  parent: either(isNull, isId),
  group: either(isNull, isSeat),
  seat: either(isNull, isSeat),
  aside: isFlag,
}

/** A call as it stands in its message, where what is empty is left out, and what the head says is not said again. */
const SPARED: Fields = {
  task: isText,
  args: maybe(isList),
  kwargs: maybe(isPlainObject),
  options: maybe(isOptions),
  retries: maybe(isCount),
  countdown: maybe(isDelay),
  eta: maybe(isMoment),
  link: maybe(isList),
  errback: maybe(isList),
  rest: maybe(isList),
  root: maybe(isId),
  parent: maybe(isId),
  group: maybe(either(isSeat, isOwnSeat)),
  seat: maybe((value) => value === true || isSeat(value)),
}

const WHOLE_CALL: Fields = {
  ...COURSE,
  id: isId,
  at: isPlace,
  task: isText,
  args: isList,
  kwargs: isPlainObject,
  options: isOptions,
  retries: isCount,
  countdown: isDelay,
  eta: either(isNull, isMoment),
  link: isList,
  errback: isList,
  rest: isList,
}

const SPREAD: Fields = {
  ...COURSE,
  id: isId,
  at: isPlace,
  branches: isListed,
  awaited: isFlag,
  input: isInput,
  options: isOptions,
}

const CHORD: Fields = {
  ...COURSE,
  id: isId,
  at: isPlace,
  size: isCount,
  policy: isPolicy,
  keep: isFlag,
  link: isList,
  errback: isList,
  rest: isList,
}

/** The name of a field that is not what it should be, or null. Only own ones are seen. */
function fault(value: Readonly<Record<string, unknown>>, fields: Fields): string | null {
  for (const name in fields) {
    if (!(fields[name] as Check)(Object.hasOwn(value, name) ? value[name] : undefined)) return name
  }
  return null
}

function insist(value: unknown, fields: Fields, what: string): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) throw new Error(`${what} is no object`)
  const wrong = fault(value, fields)
  if (wrong !== null) throw new Error(`${what} has the wrong ${wrong}`)
  return value
}

/** Refuses plans in which something is none; in the others, puts back what was left out. */
function insistOnPlans(...lists: readonly unknown[]): void {
  const todo = lists.flatMap((list) => (isList(list) ? (list as unknown[]) : []))
  for (let plan = todo.pop(); plan !== undefined; plan = todo.pop()) {
    if (!Array.isArray(plan)) throw new Error('a plan is no list')
    for (const item of plan) {
      const { link, errback, branches } = insistOnItem(item)
      for (const inner of [link, errback, branches]) if (isList(inner)) todo.push(...(inner as unknown[]))
    }
  }
}

function insistOnItem(item: unknown): Readonly<Record<string, unknown>> {
  if (!isPlainObject(item)) throw new Error('a step is no object')
  restoreStep(item)
  const { op } = item
  if (op === 'call') return insist(item, CALL, 'a call')
  if (op === 'fork') return insist(item, FORK, 'a fork')
  return insist(item, STORED, 'what is stored')
}

/** Refuses the head of a message that no message has. */
export function checkHead(queue: string, priority: string, run: string, position: string, at: string): void {
  if (!KINDS.queue.is(queue)) throw new Error('its queue has no name')
  if (!/^\d$/.test(priority)) throw new Error('it has the wrong priority')
  if (!isRun(run)) throw new Error('its run has no id')
  if (!isPosition(position)) throw new Error('it has the wrong position')
  if (!isPlace(at)) throw new Error('it has the wrong place')
}

/** Refuses the body of a call that is none. */
export function checkSpared(body: unknown): void {
  const { link, errback, rest } = insist(body, SPARED, 'the call')
  if (link !== undefined || errback !== undefined || rest !== undefined)
    insistOnPlans(link, errback, [rest ?? []])
}

/** Branches that are still to be started. */
export function readSpread(body: unknown): SpreadMessage {
  return insist(body, SPREAD, 'the message') as unknown as SpreadMessage
}

/** A message as data, with all that its head would say. */
export function readMessage(json: unknown): Message {
  if (isPlainObject(json) && json['kind'] === 'spread') return readSpread(json)
  const { link, errback, rest } = insist(json, WHOLE_CALL, 'the message')
  insistOnPlans(link, errback, [rest])
  return json as CallMessage
}

/** A step of a long plan, or a branch of a wide fork. */
export function readItem(json: unknown): StoredItem {
  insistOnPlans([Array.isArray(json) ? json : [json]].flat(0))
  return json as StoredItem
}

/** What a chord remembers. */
export function readChord(json: unknown): Chord {
  const { link, errback, rest } = insist(json, CHORD, 'the chord')
  insistOnPlans(link, errback, [rest])
  return json as Chord
}

const ERROR: Fields = {
  type: isText,
  message: isText,
  stack: either(isNull, isText),
  cause: either(isNull, isPlainObject),
  code: maybe(isText),
  data: maybe(isPlainObject),
  errors: maybe(isList),
  members: maybe(isList),
}
const FAILURE: Fields = {
  id: isText,
  task: isText,
  error: isPlainObject,
  args: isList,
  kwargs: isPlainObject,
  retries: isCount,
  root: isText,
}

/** A state that is not the end, and what was told with it. */
export function readNote(json: unknown): readonly [state: string, meta: Json] {
  if (Array.isArray(json) && json.length === 2 && isText(json[0])) return json as [string, Json]
  throw new Error('the state is none')
}

/** How many nodes an outline may stand for: more than a run can have. */
const MOST_NODES = 100_000_000
const STEP: Fields = {
  op: (value) => value === 'call' || value === 'fork',
  at: isCount,
  link: maybe(isList),
  members: maybe(isList),
}
const BUNCH: Fields = {
  at: isCount,
  count: (value) => isCount(value) && (value as number) <= MOST_NODES,
  span: isCount,
  shape: isList,
}

/** The outline of a run or of a part of it: at least one step in each plan. */
export function readShape(json: unknown): Shape {
  const todo = [json]
  for (let shape = todo.pop(); shape !== undefined; shape = todo.pop()) {
    if (!Array.isArray(shape) || shape.length === 0) throw new Error('an outline has no steps')
    for (const item of shape) {
      const step = insist(item, STEP, 'a step of an outline')
      const { op, task, link = [], members = [] } = step
      if (op === 'call' ? !isText(task) : step['members'] === undefined) throw new Error('a step is none')
      for (const bunch of [...(link as unknown[]), ...(members as unknown[])])
        todo.push(insist(bunch, BUNCH, 'a part of an outline')['shape'])
    }
  }
  return json as Shape
}

/** A part that was grafted on. */
export function readGraft(json: unknown): Graft {
  const { shape } = insist(json, { shape: isList, takes: either(isNull, isPosition) }, 'the part')
  readShape(shape)
  return json as Graft
}

/** Why something failed. */
export function readFailure(json: unknown): Failure {
  const { error } = insist(json, FAILURE, 'the failure')
  const todo: unknown[] = [error]
  for (let one = todo.pop(); one !== undefined; one = todo.pop()) {
    const { cause, errors, members } = insist(one, ERROR, 'an error') as unknown as ErrorRecord
    if (cause !== null) todo.push(cause)
    for (const inner of errors ?? []) todo.push(inner ?? null)
    for (const member of members ?? []) todo.push((member as { error?: unknown } | null)?.error ?? null)
  }
  return json as Failure
}
