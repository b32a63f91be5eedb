import { ArpeggioError } from '@arpeggio/core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'

/** Where Redis is: a URL, options of ioredis, or a client that is there already. */
export type Where = string | RedisOptions | Redis | Cluster

/** A client for one server, or for a cluster. */
export type Client = Redis | Cluster

const LONGEST_PAUSE_MS = 2_000
/** A server that says nothing for so long, though it was asked, is given up: the connection is made anew. */
const SILENCE_MS = 20_000
const OLDEST = 7
/** Connect again, and send again what failed. */
const RESEND = 2

/** The connections of one backend: for commands, for what blocks, and for what is told. Made when they are first needed. */
export class Link {
  readonly commands: Client
  readonly isCluster: boolean
  readonly #isOurs: boolean
  readonly #others: Client[] = []
  readonly #warn: (problem: string) => void
  #ready: Promise<void> | null = null
  #wasReady = false
  #isClosed = false

  constructor(where: Where, warn: (problem: string) => void) {
    this.#warn = warn
    this.#isOurs = !(where instanceof Redis || where instanceof Cluster)
    this.commands = this.#make(where)
    this.isCluster = this.commands instanceof Cluster
  }

  /** Done when the server is there and will do. What is wrong with it at the first time is an error at once. */
  ready(): Promise<void> {
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = null
      throw error
    })
    return this.#ready
  }

  /** One connection more, of its own. */
  another(): Client {
    const { commands } = this
    const client = commands instanceof Cluster ? commands.duplicate() : commands.duplicate()
    client.on('error', () => {}) // it connects again by itself; the commands tell what is wrong
    this.#others.push(client)
    return client
  }

  close(): void {
    this.#isClosed = true
    for (const client of this.#others) client.disconnect()
    if (this.#isOurs) this.commands.disconnect()
  }

  #make(where: Where): Client {
    if (where instanceof Redis || where instanceof Cluster) return where
    const options = {
      lazyConnect: true,
      maxRetriesPerRequest: null,
      socketTimeout: SILENCE_MS,
      keepAlive: 10_000,
      reconnectOnError: ({ message }: Error) => (message.startsWith('READONLY') ? RESEND : false),
      retryStrategy: (times: number) =>
        this.#isClosed || !this.#wasReady ? null : Math.min(50 * 2 ** times, LONGEST_PAUSE_MS),
    }
    const client =
      typeof where === 'string'
        ? new Redis(checkUrl(where), options)
        : new Redis({ ...options, ...where, replyMapping: 'legacy' })
    client.on('error', () => {}) // told by whoever asks for something
    return client
  }

  async #open(): Promise<void> {
    const { commands } = this
    try {
      if (commands.status === 'wait' || commands.status === 'end') await commands.connect()
      await this.#check()
    } catch (error) {
      if (error instanceof ArpeggioError) throw error
      throw refused(error)
    }
    this.#wasReady = true
  }

  async #check(): Promise<void> {
    const info = await this.commands.info()
    const version = /^redis_version:(\d+)\.(\S+)/m.exec(info)
    if (version !== null && Number(version[1]) < OLDEST) {
      throw new ArpeggioError(
        'backend-refused',
        `This server is Redis ${version[1]}.${version[2]}. Arpeggio needs Redis ${OLDEST}.0 or newer, or Valkey.`,
      )
    }
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
    if (policy !== undefined && policy !== 'noeviction' && !/^maxmemory:0\r?$/m.test(info)) {
      this.#warn(
        `Redis may throw keys away (maxmemory-policy ${policy}): workflows would be lost in the middle. Set it to noeviction`,
      )
    }
    if (/^aof_enabled:0\r?$/m.test(info)) {
      this.#warn(
        'Redis keeps no append-only file (appendonly no): what it holds is lost when it is killed. Set appendonly yes where that matters',
      )
    }
  }
}

function checkUrl(url: string): string {
  if (/^(rediss?|valkeys?):\/\//.test(url)) return url.replace(/^valkey/, 'redis')
  throw new ArpeggioError(
    'option-invalid',
    `${JSON.stringify(url)} is no URL of a Redis. Give one such as 'redis://127.0.0.1:6379/0', or 'rediss://' for TLS.`,
  )
}

function refused(error: unknown): ArpeggioError {
  const { message } = error as Error
  const why = /WRONGPASS|NOAUTH|NOPERM/.test(message) ? 'It does not let us in' : 'It cannot be reached'
  return new ArpeggioError(
    'backend-refused',
    `${why}: ${message}. Check the URL, the user and the password.`,
    {
      cause: error,
    },
  )
}
