import { type CallMessage, idAt, LIMITS, type Message, positionOf, runOf, type Seat } from '@arpeggio/core'
import { checkHead, checkSpared, readJson, readSpread } from './border.ts'
import { hasKeys, sparePlan, sparePlans } from './plans.ts'
import type { Seal } from './seal.ts'
import { type Argument, packJson } from './wire.ts'

/*
 * A message as its queue holds it: a head of seven lines, which the scripts read, and JSON. Most messages have no links, no
 * errbacks and no options, so what is empty is left out, and what the head says already is not said again. A signature
 * stands in front of the JSON, and is for the head as well, but for its first line, which the scripts change.
 */

const HEAD_LINES = 7
const RUN_LINE = 3

/** A message as a text. */
export function packMessage(message: Message, seal: Seal): string {
  const body = message.kind === 'spread' ? packJson(message) : packJson(message, spare)
  const head = headOf(message)
  return `0\n${head}${seal.sign(['message', head], body)}`
}

/** A text as a message that was delivered, and which delivery of it this is. What is no message of ours is an error. */
export function unpackMessage(text: string, seal: Seal): { message: Message; count: number } {
  const head: string[] = []
  let start = 0
  for (let line = 0; line < HEAD_LINES; line++) {
    const end = text.indexOf('\n', start)
    if (end < 0) throw new Error('its head ends too soon')
    head.push(text.slice(start, end))
    start = end + 1
  }
  const [count = '', queue = '', priority = '', run = '', position = '', at = '', kind = ''] = head
  if (!/^\d{1,9}k?$/.test(count)) throw new Error('nobody has counted its deliveries')
  if (!/^[acs](-|=.*)$/.test(kind)) throw new Error('it is of no kind')
  checkHead(queue, priority, run, position, at)
  const signed = text.slice(count.length + 1, start)
  const body = readJson(seal.open(['message', signed], text.slice(start)))
  const message = kind[0] === 's' ? readSpread(body) : restore(body, run, position, at, kind[0] === 'a')
  if (headOf(message) !== signed) throw new Error('its head says otherwise than its body')
  return { message, count: Number.parseInt(count, 10) + 1 }
}

/** What stands in front of its body, but for the first line. */
function headOf(message: Message): string {
  const [queue, priority] = placeOf(message)
  const { run, id, at, seat } = message
  const kind = message.kind === 'spread' ? 's' : message.aside ? 'a' : 'c'
  return `${queue}\n${priority}\n${run}\n${positionOf(id)}\n${at}\n${kind}${packSeat(seat)}\n`
}

/** A message that only names where its body is kept, and the body in pieces. */
export function refer(text: string, name: string, size: number): { reference: string; pieces: string[] } {
  const start = startOfBody(text)
  const pieces: string[] = []
  for (let at = start; at < text.length; ) {
    const end = at + size
    const next = isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end // a character is not cut in two
    pieces.push(text.slice(at, next))
    at = next
  }
  return { reference: text.slice(0, start) + name, pieces }
}

/** Where the body of a message is kept that is not in it; and how it is put in. */
export function referenceIn(text: string): { run: string; name: string; fill(body: string): string } {
  const start = startOfBody(text)
  return { run: runIn(text), name: text.slice(start), fill: (body) => text.slice(0, start) + body }
}

/** The run of a message. */
export function runIn(text: string): string {
  return lineOf(text, RUN_LINE)
}

/** The id of a message. */
export function idIn(text: string): string {
  return idAt(runIn(text), lineOf(text, RUN_LINE + 1))
}

function lineOf(text: string, line: number): string {
  let start = 0
  for (let nth = 0; nth < line; nth++) start = text.indexOf('\n', start) + 1
  return text.slice(start, Math.max(start, text.indexOf('\n', start)))
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function startOfBody(text: string): number {
  let start = 0
  for (let line = 0; line < HEAD_LINES; line++) start = text.indexOf('\n', start) + 1
  return start
}

/** Its queue and its priority. */
export function placeOf({ options }: Message): readonly [queue: string, priority: number] {
  return [options.queue ?? 'default', options.priority ?? LIMITS.defaultPriority]
}

/** Where it sits, as the scripts read it. */
export function packSeat(seat: Seat | null): Argument {
  return seat === null ? '-' : `=${positionOf(seat.chord)}`
}

/** A group of the same run: where it is, and the index there. */
type OwnSeat = readonly [position: string, index: string]

/** A call without what its head says, and without what is empty. A seat in its own group is `true`. */
interface Spared extends Partial<Omit<CallMessage, 'group' | 'seat'>> {
  readonly task: string
  readonly group?: OwnSeat | Seat
  readonly seat?: true | Seat
}

function spare(message: CallMessage): unknown {
  const { task, args, kwargs, options, retries, countdown, eta, link, errback, rest } = message
  const { run, root, parent, group, seat } = message
  const isMember = seat !== null && seat.chord === group?.chord && seat.index === group.index
  return {
    task,
    ...(args.length > 0 && { args }),
    ...(hasKeys(kwargs) && { kwargs }),
    ...(hasKeys(options) && { options }),
    ...(retries > 0 && { retries }),
    ...(countdown > 0 && { countdown }),
    ...(eta !== null && { eta }),
    ...(link.length > 0 && { link: sparePlans(link) }),
    ...(errback.length > 0 && { errback: sparePlans(errback) }),
    ...(rest.length > 0 && { rest: sparePlan(rest) }),
    ...(root !== run && { root }),
    ...(parent !== null && { parent }),
    ...(group !== null && { group: spareSeat(run, group) }),
    ...(seat !== null && { seat: isMember ? true : seat }),
  }
}

function restore(body: unknown, run: string, position: string, at: string, aside: boolean): CallMessage {
  checkSpared(body)
  const spared = body as Spared
  const { task, args = [], kwargs = {}, options = {}, retries = 0, countdown = 0, eta = null } = spared
  const { link = [], errback = [], rest = [], root = run, parent = null, seat = null } = spared
  const group = restoreSeat(run, spared.group ?? null)
  return {
    kind: 'call',
    id: idAt(run, position),
    at,
    task,
    args,
    kwargs,
    options,
    retries,
    countdown,
    eta,
    link,
    errback,
    rest,
    run,
    root,
    parent,
    group,
    seat: seat === true ? group : seat,
    aside,
  }
}

function spareSeat(run: string, seat: Seat): Seat | OwnSeat {
  return runOf(seat.chord) === run ? [positionOf(seat.chord), seat.index] : seat
}

function restoreSeat(run: string, seat: Seat | OwnSeat | null): Seat | null {
  if (seat === null) return null
  if ('chord' in seat) return { chord: seat.chord, index: seat.index }
  return { chord: idAt(run, seat[0]), index: seat[1] }
}
