import type { Grip } from './grip.ts'
import { insist, isOfWrongType, type Patience } from './insist.ts'
import type { KeyType } from './keys.ts'
import type { Client } from './where.ts'
import type { Argument } from './wire.ts'

/** A script as the server is told of it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

/** Somebody who has scripts run: keys and arguments as EVAL takes them. */
export interface Runner {
  run(script: Script, args: readonly Argument[]): Promise<unknown>
}

/** What is asked to see of which type a key is: users need not have the right to ask just that. */
const PROBES: Readonly<Record<KeyType, readonly [string, ...string[]]>> = {
  list: ['LLEN'],
  set: ['SCARD'],
  zset: ['ZCOUNT', '0', '0'],
  hash: ['HLEN'],
}

/** What is asked of the server, as often as it takes. Commands that may not be done twice are not here: scripts do them. */
export class Commands implements Runner {
  readonly #client: Client
  readonly #patience: Patience
  readonly #grip: Grip | null
  /** The same for those who finish work: they ask until the backend is closed. */
  readonly patient: Commands

  constructor(client: Client, patience: Patience, grip: Grip | null) {
    this.#client = client
    this.#patience = patience
    this.#grip = grip
    this.patient =
      patience.limitMs === null ? this : new Commands(client, { ...patience, limitMs: null }, grip)
  }

  run(script: Script, args: readonly Argument[]): Promise<unknown> {
    return this.#insist((redis) => evaluate(redis, script, args))
  }

  info(): Promise<string> {
    return this.#insist((redis) => redis.info())
  }

  hmget(key: string, ...fields: readonly string[]): Promise<(string | null)[]> {
    return this.#insist((redis) => redis.hmget(key, ...fields))
  }

  hgetall(key: string): Promise<Record<string, string>> {
    return this.#insist((redis) => redis.hgetall(key))
  }

  hkeys(key: string): Promise<string[]> {
    return this.#insist((redis) => redis.hkeys(key))
  }

  lrange(key: string, from: number, to: number): Promise<string[]> {
    return this.#insist((redis) => redis.lrange(key, from, to))
  }

  /** The least score in a sorted set; null if that is empty. */
  async lowest(key: string): Promise<number | null> {
    const [, score] = await this.#insist((redis) => redis.zrange(key, '0', '0', 'WITHSCORES'))
    return score === undefined ? null : Number(score)
  }

  /** Whether what lies under a key, if anything, is of this type. */
  has(type: KeyType, key: string): Promise<boolean> {
    const [command, ...args] = PROBES[type]
    return this.#insist(async (redis) => {
      try {
        await redis.call(command, [key, ...args])
        return true
      } catch (error) {
        if (isOfWrongType(error)) return false
        throw error
      }
    })
  }

  spublish(channel: string, text: string): Promise<unknown> {
    return this.#insist((redis) => redis.spublish(channel, text))
  }

  async #insist<T>(ask: (client: Client) => Promise<T>): Promise<T> {
    this.#grip?.take()
    try {
      return await insist(() => ask(this.#client), this.#patience)
    } finally {
      this.#grip?.leave()
    }
  }
}

/** Runs a script, which is sent with it if the server does not know it. */
export async function evaluate(
  redis: Client,
  { sha, text }: Script,
  args: readonly Argument[],
): Promise<unknown> {
  try {
    return await redis.call('EVALSHA', [sha, ...args])
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    return redis.call('EVAL', [text, ...args])
  }
}
