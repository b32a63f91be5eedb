import { isPlainObject, isWhole, KINDS } from '../../model/check-options.ts'
import type { Json } from '../../model/json.ts'
import type { Rate } from '../tasks/rate-limit.ts'
import type { TimeLimits } from '../tasks/time-limits.ts'
import type { Autoscale } from './autoscale.ts'

/** What a worker can be asked to do, or to tell, while it runs. */
export type Command =
  | { readonly do: 'ping' }
  | { readonly do: 'rate-limit'; readonly task: string; readonly rate: Rate | null }
  | ({ readonly do: 'time-limit'; readonly task: string } & TimeLimits)
  | { readonly do: 'add-consumer' | 'cancel-consumer'; readonly queue: string }
  | { readonly do: 'pool-grow' | 'pool-shrink'; readonly count: number }
  | ({ readonly do: 'autoscale' } & Autoscale)
  | { readonly do: 'shutdown' }
  | { readonly do: 'query-task'; readonly ids: readonly string[] }
  | { readonly do: Question }

/** What a worker tells of itself, with nothing more to be said. */
export type Question = 'active' | 'reserved' | 'revoked' | 'registered' | 'stats' | 'active-queues' | 'conf'

/** A command on its way: to whom, and where the answers go. */
export interface Order {
  /** null: to all. */
  readonly to: readonly string[] | null
  readonly replyTo: string
  readonly command: Command
}

/** What a worker answers: what came of it, or why nothing did. */
export type Answer<T = Json> = { readonly ok: T } | { readonly error: string }

/** An answer on its way. */
export interface Reply {
  readonly hostname: string
  readonly answer: Answer
}

/** An order as it came in, or null if it is none. */
export function readOrder(json: Json): Order | null {
  if (!isPlainObject(json)) return null
  const { to, replyTo, command } = json
  if (!(to === null || isTexts(to)) || typeof replyTo !== 'string' || !isCommand(command)) return null
  return { to, replyTo, command }
}

/** A reply as it came in, or null if it is none. */
export function readReply(json: Json): Reply | null {
  if (!isPlainObject(json)) return null
  const { hostname, answer } = json
  if (typeof hostname !== 'string' || !isPlainObject(answer)) return null
  if (!('ok' in answer) && typeof answer['error'] !== 'string') return null
  return { hostname, answer: answer as Answer }
}

type Fields = Readonly<Record<string, unknown>>

const nothing = (): boolean => true
const aQueue = ({ queue }: Fields): boolean => KINDS.queue.is(queue)
const aCount = ({ count }: Fields): boolean => isWhole(count, 1)

/** What each command must say besides its name. */
const KNOWN: Record<Command['do'], (fields: Fields) => boolean> = {
  ping: nothing,
  'rate-limit': ({ task, rate }) => typeof task === 'string' && (rate === null || isRate(rate)),
  'time-limit': ({ task, timeLimit, softTimeLimit }) =>
    typeof task === 'string' && isLimit(timeLimit) && isLimit(softTimeLimit),
  'add-consumer': aQueue,
  'cancel-consumer': aQueue,
  'pool-grow': aCount,
  'pool-shrink': aCount,
  autoscale: ({ min, max }) => isWhole(min, 1) && isWhole(max, min as number),
  shutdown: nothing,
  'query-task': ({ ids }) => isTexts(ids),
  active: nothing,
  reserved: nothing,
  revoked: nothing,
  registered: nothing,
  stats: nothing,
  'active-queues': nothing,
  conf: nothing,
}

function isCommand(value: unknown): value is Command {
  if (!isPlainObject(value) || typeof value['do'] !== 'string' || !Object.hasOwn(KNOWN, value['do']))
    return false
  return KNOWN[value['do'] as Command['do']](value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isRate(value: unknown): boolean {
  if (!isPlainObject(value)) return false
  const { intervalMs, scope } = value
  return Number.isFinite(intervalMs) && Number(intervalMs) > 0 && (scope === 'worker' || scope === 'global')
}

function isLimit(value: unknown): boolean {
  return value === null || (Number.isFinite(value) && Number(value) >= 0)
}
