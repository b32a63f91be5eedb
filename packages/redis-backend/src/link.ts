import { once } from 'node:events'
import type { ArpeggioError } from '@arpeggio/core'
import type { Cluster, Redis } from 'ioredis'
import { checkPartitions } from './agree.ts'
import { Commands } from './commands.ts'
import { Grip } from './grip.ts'
import { closedError, inTime, type Patience, refused, unreachable } from './insist.ts'
import { inspect } from './inspect.ts'
import type { Keys } from './keys.ts'
import { checkRights } from './rights.ts'
import { tlsHint } from './tls.ts'
import type { Warnings } from './warnings.ts'
import { type Client, clientFor, isClient, isClusterClient, type Where } from './where.ts'

/** A server that is away for so long is worth a word. */
const LONG_MS = 5_000
const FIRST_PAUSE_MS = 50
const SHUTTING_MS = 1_000
const LONGEST_PAUSE_MS = 1_000

/** What a link must know. */
export interface Linking {
  /** What will be asked for on it. */
  readonly partitions: readonly Keys[]
  /** A server that says nothing for so long, though it was asked, is given up: the connection is made anew. */
  readonly silenceMs: number
  /** How long who asks waits for a server that is away. */
  readonly limitMs: number
  /** How long who sends does. */
  readonly sendMs: number
  /** How many replicas must have what is sent. */
  readonly replicas: number
  readonly closed: AbortSignal
  readonly warnings: Warnings
  /** Hears what time it is there. */
  readonly onTime: (now: number) => void
}

/** Connections of one more kind: each is used for one thing, and never made anew by itself. */
const LINE = {
  lazyConnect: true,
  enableOfflineQueue: true,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  reconnectOnError: null,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
} as const

/** The connections of one backend: one for commands, and lines. Made when they are first needed. */
export class Link {
  readonly commands: Commands
  /** The same for those who send. */
  readonly sending: Commands
  readonly isCluster: boolean
  readonly silenceMs: number
  readonly closed: AbortSignal
  /** Of those who ask without having anything to tell. */
  readonly patience: Patience
  /** Of those who send. */
  readonly sendPatience: Patience
  readonly #client: Client
  readonly #isOurs: boolean
  readonly #with: Linking
  readonly #lines: Set<Redis> = new Set()
  #ready: Promise<void> | null = null
  #wasReady = false
  /** What was last heard of the connection. */
  #fault: Error | null = null

  constructor(where: Where, linking: Linking) {
    const { silenceMs, limitMs, sendMs, closed } = linking
    this.#with = linking
    this.silenceMs = silenceMs
    this.closed = closed
    const fault = (): Error | null => this.#fault
    this.patience = { limitMs, closed, fault }
    this.sendPatience = { limitMs: sendMs, closed, fault }
    this.#isOurs = !isClient(where)
    this.#client = isClient(where) ? where : clientFor(where, { silenceMs, again: (n) => this.#again(n) })
    this.isCluster = this.#client.isCluster
    const grip = this.#isOurs && !isClusterClient(this.#client) ? new Grip(this.#client) : null
    this.commands = new Commands(this.#client, this.patience, grip)
    this.sending = new Commands(this.#client, this.sendPatience, grip)
    this.#watch()
  }

  /** Done when the server is there and will do. What is wrong with it at first is an error at once. */
  ready(): Promise<void> {
    if (this.closed.aborted) return Promise.reject(closedError())
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = null
      throw error
    })
    return this.#ready
  }

  /** Whether it was there and would do, and was not closed. */
  get isReady(): boolean {
    return this.#wasReady && !this.closed.aborted
  }

  /** One connection more, to whichever server holds a key. Whoever has it asks for another when it ends. */
  async line(key: string): Promise<Redis> {
    const client = this.#client
    const near = isClusterClient(client) ? await nodeOf(client, key) : client
    this.closed.throwIfAborted()
    const line = near.duplicate({ ...LINE, socketTimeout: this.silenceMs })
    line.on('error', () => {}) // its commands tell what is wrong
    line.once('end', () => this.#lines.delete(line))
    this.#lines.add(line)
    await line.connect()
    return line
  }

  close(): void {
    for (const line of this.#lines) line.disconnect()
    if (this.#isOurs && this.#client.status !== 'end') this.#client.disconnect()
  }

  /** When to connect again. */
  #again(times: number): number | null {
    if (!this.#wasReady || this.closed.aborted) return null
    return Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS)
  }

  /** Remembers what is wrong, and says so when it lasts, and when it is over. */
  #watch(): void {
    const { limitMs, warnings, closed } = this.#with
    const warn = warnings.tell
    const longMs = Math.min(LONG_MS, limitMs)
    let timer: NodeJS.Timeout | undefined
    let awaySince = 0
    let wasSaid = false
    this.#client.on('error', (error: Error) => {
      const { lastNodeError } = error as { lastNodeError?: Error | null }
      this.#fault = lastNodeError ?? error
    })
    this.#client.on('ready', () => {
      this.#fault = null
      clearTimeout(timer)
      timer = undefined
      if (wasSaid) warn(`Redis is back, after ${seconds(performance.now() - awaySince)}`)
      wasSaid = false
    })
    this.#client.on('close', () => {
      if (!this.#wasReady || closed.aborted || timer !== undefined) return
      awaySince = performance.now()
      timer = setTimeout(() => {
        if (closed.aborted) return
        warn(
          `Redis has been away for ${seconds(longMs)} (${this.#fault?.message}). Finished work waits for it`,
        )
        wasSaid = true
      }, longMs).unref()
    })
  }

  async #open(): Promise<void> {
    const { partitions, warnings, onTime, replicas } = this.#with
    try {
      await this.#connect()
      await this.#select()
      const { server, now, problems } = inspect(await this.commands.info(), this.isCluster, replicas)
      if (now !== null) onTime(now)
      for (const keys of partitions) await checkRights(this.commands, keys, replicas > 0 ? ['wait'] : [])
      await checkPartitions(this.commands, partitions)
      for (const problem of problems) warnings.tellOnce(server, problem)
    } catch (error) {
      if (this.#isOurs) await shut(this.#client)
      throw error
    }
    this.#wasReady = true
  }

  /** A client whose database is not there goes on in another one, and says nothing. */
  async #select(): Promise<void> {
    const client = this.#client
    const db = isClusterClient(client) ? 0 : (client.options.db ?? 0)
    if (isClusterClient(client) || db === 0) return
    await client.select(db).catch((error: Error) => {
      throw refused(error.message, error)
    })
  }

  /** A server that loads what it kept is waited for. */
  async #connect(): Promise<void> {
    const { limitMs } = this.#with
    if (!isIdle(this.#client)) return
    this.#fault = null
    let isRefused = false
    const connected = connect(this.#client).catch((error: Error) => {
      isRefused = true
      const { message } = this.#fault ?? error
      throw refused(message, error, tlsHint(this.#client, message))
    })
    await inTime(connected, limitMs).catch((error: Error | ArpeggioError) => {
      throw isRefused ? error : unreachable(limitMs, error, tlsHint(this.#client, error.message))
    })
  }
}

/** Whether nothing comes of it unless it is told to connect. A cluster that was down when it closed may stay half closed. */
function isIdle(client: Client): boolean {
  return ['wait', 'end', ...(client.isCluster ? ['disconnecting', 'close'] : [])].includes(client.status)
}

/** Done when it is ready. A cluster that is down is closed without a word to who connects, so its end is heard as well. */
async function connect(client: Client): Promise<void> {
  const listening = new AbortController()
  const ended = once(client, 'end', listening).then(() => {
    throw new Error('the connection was closed before it was ready')
  })
  ended.catch(() => {}) // or it did not end
  try {
    await Promise.race([client.connect(), ended])
  } finally {
    listening.abort()
  }
}

/** Until it has ended, so that whoever comes next finds it so; what does not is not waited for. */
async function shut(client: Client): Promise<void> {
  if (client.status === 'end') return
  const ended = once(client, 'end')
  client.disconnect()
  await inTime(ended, SHUTTING_MS).catch(() => {})
}

/** The node of a cluster that holds a key. All of them are asked, because only they know. */
async function nodeOf(cluster: Cluster, key: string): Promise<Redis> {
  for (const node of cluster.nodes('master')) {
    const holds = await node.exists(key).then(
      () => true,
      ({ message }: Error) => message.startsWith('ASK '), // it does, and is about to give it away
    )
    if (holds) return node
  }
  throw new Error(`no node holds ${key} now`)
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toPrecision(2))} s`
}
