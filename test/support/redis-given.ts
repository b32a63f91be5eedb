import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { startServer } from './redis-server.ts'

/** A Redis that may be somebody else's: only what stands under the prefix is touched. */
export interface RedisGiven {
  readonly url: string
  readonly redis: Redis
  readonly prefix: string
}

/** The one at REDIS_URL, or where none is given one of this file's own. What the tests of this file leave there goes with them. */
export function redisGiven(): RedisGiven {
  let given: RedisGiven | null = null
  let leave: () => Promise<void> = async () => {}
  function found(): RedisGiven {
    if (given === null) throw new Error('the server is there when the first test runs, not before')
    return given
  }
  beforeAll(async () => {
    const own = process.env['REDIS_URL'] === undefined ? await startServer() : null
    const url = own?.url ?? (process.env['REDIS_URL'] as string)
    const redis = new Redis(url)
    const prefix = `trial-${randomUUID()}`
    given = { url, redis, prefix }
    leave = async () => {
      await forget(redis, prefix)
      redis.disconnect()
      await own?.stop()
    }
  }, 300_000)
  afterAll(() => leave())
  return {
    get url() {
      return found().url
    },
    get redis() {
      return found().redis
    },
    get prefix() {
      return found().prefix
    },
  }
}

async function forget(redis: Redis, prefix: string): Promise<void> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `{${prefix}*`, 'COUNT', 1_000)
    if (keys.length > 0) await redis.unlink(...keys)
    cursor = next
  } while (cursor !== '0')
}
