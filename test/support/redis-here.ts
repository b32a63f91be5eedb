import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { type PrivateServer, startServer } from './redis-server.ts'

/** A Redis of this test file's own, and a client that looks into it. */
export interface RedisHere {
  readonly server: PrivateServer
  readonly redis: Redis
}

/** Starts one for the tests of this file; it ends with them. */
export function redisHere(): RedisHere {
  let here: RedisHere | null = null
  function started(): RedisHere {
    if (here === null) throw new Error('the server is there when the first test runs, not before')
    return here
  }
  beforeAll(async () => {
    const server = await startServer()
    here = { server, redis: new Redis(server.url) }
  }, 300_000)
  afterAll(async () => {
    here?.redis.disconnect()
    await here?.server.stop()
  })
  return {
    get server() {
      return started().server
    },
    get redis() {
      return started().redis
    },
  }
}
