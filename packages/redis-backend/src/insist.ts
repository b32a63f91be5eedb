import { setTimeout as sleep } from 'node:timers/promises'
import { ArpeggioError } from '@arpeggio/core'

/** How long to go on asking. */
export interface Patience {
  /** In milliseconds; null: until the backend is closed. */
  readonly limitMs: number | null
  readonly closed: AbortSignal
  /** What was last heard of the connection: better than what a command says of it. */
  readonly fault: () => Error | null
}

/** What a server says that starts, fails over, moves slots, is busy with somebody's script, or cannot write just now. */
const PASSING =
  /^(LOADING|READONLY|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|MASTERDOWN|BUSY|NOREPLICAS|MISCONF|UNBLOCKED|ERR WAIT cannot)\b/
/** What passes when somebody mends it; who must tell of finished work waits for that. */
const MENDED = /^(OOM|NOAUTH|WRONGPASS)\b/
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/**
 * Asks as often as it takes: what is asked here may be asked twice. Gives up at what does not pass by itself, when the
 * time is over, and when the backend is closed.
 */
export async function insist<T>(ask: () => Promise<T>, { limitMs, closed, fault }: Patience): Promise<T> {
  const until = limitMs === null ? null : performance.now() + limitMs
  let said: unknown = null
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await (until === null ? ask() : inTime(ask(), until - performance.now()))
    } catch (error) {
      if (closed.aborted) throw closedError(error)
      if (!passes(error, limitMs)) throw refusal(error)
      if (!(error instanceof Silence)) said = error
      if (until !== null && performance.now() + pauseMs >= until)
        throw late(limitMs, fault() ?? said ?? error)
      await sleep(pauseMs, undefined, { signal: closed }).catch(() => {}) // closed: one last try
    }
  }
}

/** What was written is not yet where it has to be before it counts. */
export class Unconfirmed extends Error {
  override readonly name = 'Unconfirmed'
}

class Silence extends Error {
  override readonly name = 'Silence'

  constructor() {
    super('it said nothing')
  }
}

/** What comes of it, if it comes in time. */
export async function inTime<T>(result: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silence()), ms)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A connection that breaks passes; of what a server says, some does. */
function passes(error: unknown, limitMs: number | null): boolean {
  if (error instanceof ArpeggioError || error instanceof TypeError || error instanceof RangeError)
    return false
  const { name, message } = error as Error
  if (name !== 'ReplyError') return true
  return PASSING.test(message) || (limitMs === null && MENDED.test(message))
}

/** What a server said, without the command that it was said to: its arguments may be a password. */
function bare(cause: unknown): unknown {
  if (cause instanceof Error && 'command' in cause) Reflect.deleteProperty(cause, 'command')
  return cause
}

/** The same, in words that say what to do. */
function refusal(error: unknown): unknown {
  const { name, message } = error as Error
  if (name !== 'ReplyError') return error
  if (message.startsWith('OOM')) return full(error)
  if (message.startsWith('NOPERM')) return forbidden(message, error)
  if (isOfWrongType(error)) return stray(message, error)
  return /^(NOAUTH|WRONGPASS)/.test(message) ? refused(message, error) : bare(error)
}

/** Nobody is asked any more. */
export function closedError(cause?: unknown): ArpeggioError {
  return new ArpeggioError(
    'app-closed',
    'This Redis backend is closed, as the last app on it was. Ask before, or make a new App.',
    { cause: bare(cause) },
  )
}

/** It could not be used at all; `hint` is what else may be the reason. */
export function refused(what: string, cause: unknown, hint = ''): ArpeggioError {
  return new ArpeggioError(
    'backend-refused',
    `Redis cannot be used: ${what.replace(/\.$/, '')}. Check host and port, the user and the password, and that it runs.${hint}`,
    { cause: bare(cause) },
  )
}

/** What its user may not do. */
export function forbidden(what: string, cause?: unknown): ArpeggioError {
  return new ArpeggioError(
    'backend-refused',
    `Redis does not let this user do what Arpeggio must: ${what}. Give it the rights that docs/redis.md lists.`,
    { cause: bare(cause) },
  )
}

/** Nothing was heard for too long; `hint` is what may be the reason. */
export function unreachable(limitMs: number | null, cause: unknown, hint = ''): ArpeggioError {
  return new ArpeggioError(
    'backend-unreachable',
    `Redis has not answered for ${limitMs} ms (${(cause as Error).message}). Look at the server, then ask again. If a run was being sent, it may have begun: ${SEND_AGAIN}.${hint}`,
    { cause: bare(cause) },
  )
}

const SEND_AGAIN = 'send it with the same taskId or idempotencyKey, and it does not begin twice'

function late(limitMs: number | null, cause: unknown): ArpeggioError {
  if (!(cause instanceof Unconfirmed)) return unreachable(limitMs, cause)
  return new ArpeggioError(
    'backend-unreachable',
    `Redis has what was sent, but not as safe as it has to be: ${cause.message}, after ${limitMs} ms. Look at the replicas. The run may have begun: ${SEND_AGAIN}.`,
    { cause },
  )
}

/** Whether a server says that something else lies under a key than was asked for. */
export function isOfWrongType(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && error.message.startsWith('WRONGTYPE')
}

/** Somebody else uses a key of ours; which one is not said. */
function stray(what: string, cause: unknown): ArpeggioError {
  return new ArpeggioError(
    'backend-refused',
    `Somebody else has written to Redis where Arpeggio keeps its own (${what.replace(/ script: .*/, '')}). docs/redis.md lists its keys and their types: look for what is of another type, and delete it, or give redisBackend another prefix.`,
    { cause: bare(cause) },
  )
}

function full(cause: unknown): ArpeggioError {
  return new ArpeggioError(
    'backend-full',
    'Redis has no memory left for new work (maxmemory is reached). Nothing was sent; what runs already goes on and frees memory. Send again later, or give it more memory.',
    { cause: bare(cause) },
  )
}
