import { cut } from '../../model/cut.ts'
import {
  ArpeggioError,
  ChordError,
  MaxRetriesExceededError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  WorkerLostError,
} from '../../model/errors.ts'
import { type Json, JsonRefusal, sizeOfJson, toJson } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import type { ErrorRecord, FailedMember } from '../../model/outcome.ts'
import { show } from '../../model/show.ts'

/** A class whose errors come back as themselves. Its constructor is never called with what was read. */
export type ErrorClass = abstract new (...args: never[]) => Error

/**
 * An error as JSON: what was thrown, whatever it was. Never throws, and gives little more than `LIMITS.errorBytes` at
 * most: a long text loses its middle, and what else there is no room for is named in `data.leftOut`.
 */
export function recordError(thrown: unknown): ErrorRecord {
  return record(thrown, { errors: LIMITS.errorsInError, bytes: LIMITS.errorBytes }, [])
}

/** What is left for an error, its causes and all errors inside it. */
interface Room {
  errors: number
  bytes: number
}

/** `above` are the errors that this one is inside of. */
function record(thrown: unknown, room: Room, above: readonly object[]): ErrorRecord {
  room.errors--
  try {
    if (isError(thrown)) return recordOf(thrown, room, above)
    return inWords(text(`a task threw ${describe(thrown)}, not an Error`, room))
  } catch {
    return inWords(`a task threw ${show(thrown)}`) // a proxy that gives one answer, and then another
  }
}

function inWords(message: string): ErrorRecord {
  return { type: 'Error', message, stack: null, cause: null }
}

function recordOf(error: object, room: Room, above: readonly object[]): ErrorRecord {
  const type = text(typeOf(error), room)
  const message = text(messageOf(error), room)
  if (above.includes(error)) return { type, message, stack: null, cause: null } // from here on it goes round
  const stack = read(error, 'stack')
  const code = read(error, 'code')
  const cause = read(error, 'cause') ?? null
  const errors = errorsIn(error)
  const isChord = error instanceof ChordError
  const told = {
    type,
    message,
    stack: typeof stack === 'string' ? text(stack, room) : null,
    ...(typeof code === 'string' && { code: text(code, room) }),
  }
  const elsewhere = ['name', 'message', 'stack', 'cause', 'code' in told && 'code']
  const leftOut: string[] = []
  const data = dataOf(error, [...elsewhere, errors && 'errors', isChord && 'members'], room, leftOut)
  const inner = (thrown: unknown) => (room.errors > 0 ? record(thrown, room, [...above, error]) : null)
  const [bottom = null] = fitting(cause === null ? [] : [cause], 'causes', inner, leftOut)
  const inside = errors && fitting(errors, 'errors', inner, leftOut)
  const listed = isChord && (listIn(error, 'members') ?? [])
  const members = listed && fitting(listed, 'members', (member) => memberOf(member, room), leftOut)
  if (leftOut.length > 0) data['leftOut'] ??= cut(leftOut.join(', '), LIMITS.pathCharacters)
  return {
    ...told,
    cause: bottom,
    ...(members && { members }),
    ...(inside && { errors: inside }),
    ...(Object.keys(data).length > 0 && { data }),
  }
}

/** Errors of other realms are errors as well, and so is what has all that makes one. */
function isError(thrown: unknown): thrown is object {
  if (typeof thrown !== 'object' || thrown === null) return false
  if (attempt(() => thrown instanceof Error, false)) return true
  return ['name', 'message', 'stack'].every((key) => typeof read(thrown, key) === 'string')
}

/** The name it has, or else that of its class: many classes never set one. */
function typeOf(error: object): string {
  const name = read(error, 'name')
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name
  const known = read(read(error, 'constructor'), 'name')
  return typeof known === 'string' && known !== '' && known !== 'Object' ? known : 'Error'
}

function messageOf(error: object): string {
  const message = read(error, 'message') ?? ''
  return typeof message === 'string' ? message : describe(message)
}

/** What is no error, as text: as JSON if it can be, so that nothing of it is lost. */
function describe(value: unknown): string {
  if (value === undefined) return 'undefined'
  const json = toJson(value, '', LIMITS.errorDataBytes)
  if (!(json instanceof JsonRefusal)) return JSON.stringify(json)
  if (typeof value !== 'object' || value === null) return show(value)
  const parts = dataOf(value, [], { errors: 0, bytes: LIMITS.errorTextCharacters }, [])
  return Object.keys(parts).length === 0 ? show(value) : `${show(value)} with ${JSON.stringify(parts)}`
}

/** Its own properties, as far as JSON can carry them and there is room. Nobody misses methods. */
function dataOf(
  owner: object,
  told: readonly unknown[],
  room: Room,
  leftOut: string[],
): Record<string, Json> {
  const data: Record<string, Json> = {}
  const least = Math.max(0, room.bytes - LIMITS.errorDataBytes)
  for (const key of attempt(() => Object.keys(owner), [])) {
    const value = read(owner, key)
    if (value === undefined || typeof value === 'function' || told.includes(key) || isUnsafe(key)) continue
    const json = toJson(value, key, LIMITS.errorDataBytes)
    const bytes = json instanceof JsonRefusal ? Number.POSITIVE_INFINITY : weigh({ [key]: json })
    if (json instanceof JsonRefusal || room.bytes - bytes < least) {
      leftOut.push(key)
    } else {
      data[key] = json
      room.bytes -= bytes
    }
  }
  return data
}

/** Properties that would change what an object is. */
function isUnsafe(key: string): boolean {
  return key === '__proto__' || key === 'constructor'
}

/** The errors of an AggregateError, or of what is like one. A list of anything else is data. */
function errorsIn(error: object): readonly unknown[] | null {
  const errors = listIn(error, 'errors')
  return error instanceof AggregateError || errors?.every(isError) ? errors : null
}

function listIn(owner: object, key: string): readonly unknown[] | null {
  const list = read(owner, key)
  return attempt(() => Array.isArray(list), false) ? (list as readonly unknown[]) : null
}

/** A member that failed, as the machine made it, if there is room for it. */
function memberOf(member: unknown, room: Room): FailedMember | null {
  const json = toJson(member, '', LIMITS.errorDataBytes)
  if (json instanceof JsonRefusal || !isFields(json) || !isFields(json['error'])) return null
  room.bytes -= weigh(json)
  return room.bytes > 0 ? (json as unknown as FailedMember) : null
}

/** The first of a list, as many as can be kept; how many cannot is noted. */
function fitting<T>(
  list: readonly unknown[],
  what: string,
  keep: (item: unknown) => T | null,
  leftOut: string[],
): T[] {
  const kept: T[] = []
  for (let at = 0; at < list.length; at++) {
    const one = keep(read(list, at))
    if (one === null) break
    kept.push(one)
  }
  if (kept.length < list.length) leftOut.push(`${list.length - kept.length} of ${list.length} ${what}`)
  return kept
}

/** A text as it is recorded; what is left must do for it, though every character may take six bytes. */
function text(whole: string, room: Room): string {
  const kept = cut(whole, Math.max(0, Math.min(LIMITS.errorTextCharacters, Math.floor(room.bytes / 6))))
  room.bytes -= weigh(kept)
  return kept
}

/** The bytes of a value as JSON text; of a very large one, about. */
function weigh(json: Json): number {
  const about = sizeOfJson(json)
  return about > LIMITS.errorBytes ? about : Buffer.byteLength(JSON.stringify(json))
}

/** What a property holds, or undefined where it cannot be read. */
function read(owner: unknown, key: PropertyKey): unknown {
  return attempt(() => (owner as Record<PropertyKey, unknown>)[key], undefined)
}

/** What a deed gives, or something else if it throws: anything that was thrown may be a proxy. */
function attempt<T>(deed: () => T, otherwise: T): T {
  try {
    return deed()
  } catch {
    return otherwise
  }
}

/** Classes every app can revive. */
const BUILT_IN: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError, AggregateError]
    .concat([
      ArpeggioError,
      ChordError,
      TaskRevokedError,
      MaxRetriesExceededError,
      SoftTimeLimitExceeded,
      TimeLimitExceeded,
      WorkerLostError,
    ] as never[])
    .map((known) => [known.name, known]),
)

/**
 * The error a record tells of: of its own class if that is registered, else an Error with its name, message and stack.
 * Never throws, also where the record comes from elsewhere and is none.
 */
export function reviveError(record: ErrorRecord, classes: ReadonlyMap<string, ErrorClass>): Error {
  const revived = new Map<Fields, Error>()
  /** An error that has nothing yet. Chains of causes may be long: each is filled in when its turn comes. */
  const begin = (inner: Fields): Error => {
    const type = typeIn(inner)
    const known = classes.get(type) ?? BUILT_IN.get(type) ?? Error
    const error = revived.get(inner) ?? (Object.create(known.prototype as object) as Error)
    revived.set(inner, error)
    return error
  }
  const whole = begin(isFields(record) ? record : { message: describe(record) })
  for (const [fields, error] of revived) {
    fill(error, fields, (inner) => (isFields(inner) ? begin(inner) : inner))
  }
  return whole
}

function fill(error: Error, fields: Fields, revive: (inner: unknown) => unknown): void {
  const { stack, code, members, errors, cause, data } = fields
  const set = (key: string, value: unknown, enumerable: boolean) =>
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
  const type = typeIn(fields)
  const message = messageOf(fields)
  for (const [key, value] of isFields(data) ? Object.entries(data) : []) {
    if (!isUnsafe(key)) set(key, value, true)
  }
  set('name', type, false)
  set('message', message, false)
  set('stack', typeof stack === 'string' ? stack : `${type}: ${message}`, false)
  if (typeof code === 'string') set('code', code, true)
  if (Array.isArray(members)) set('members', members, true)
  if (Array.isArray(errors)) set('errors', errors.map(revive), false)
  if (cause !== null && cause !== undefined) set('cause', revive(cause), false)
}

/** A record that nobody has looked at yet. */
type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeIn({ type }: Fields): string {
  return typeof type === 'string' ? type : 'Error'
}

/** What ends a message that its workers never brought to an end. */
export function workerLost(message: string): ErrorRecord {
  return { type: 'WorkerLostError', code: 'worker-lost', message, stack: null, cause: null }
}
