import { setTimeout as sleep } from 'node:timers/promises'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { type PrivateServer, startServer } from '../support/redis-server.ts'
import { describeFlows } from './flow.suite.ts'

let server: PrivateServer
let redis: Redis
let ensembles = 0

beforeAll(async () => {
  server = await startServer()
  redis = new Redis(server.url)
}, 300_000)
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

describeFlows('on Redis, with two workers', async () => {
  const prefix = `flow-${ensembles++}`
  const backend = redisBackend(server.url, { prefix, warn: () => {} })
  const app = new App({ backend })
  await Promise.all([app.worker().start(), app.worker({ concurrency: 1 }).start()])
  return {
    app,
    keepsTime: false,
    async finished({ run }) {
      while (!(await run.progress()).over) {
        await hasten(prefix)
        await sleep(5)
      }
    },
  }
})

/** What waits longest from now is due now, one moment after another: as if time had gone on. */
async function hasten(prefix: string): Promise<void> {
  const delayed = `{${prefix}:0}:delayed`
  const [first, moment] = await redis.zrange(delayed, '0', '0', 'WITHSCORES')
  if (first === undefined || moment === undefined || Number(moment) < Date.now()) return
  const busy = [await redis.keys(`{${prefix}:0}:held:*`), await redis.keys(`{${prefix}:0}:line:*`)]
  if (busy.flat().length > 0) return
  const due = await redis.zrangebyscore(delayed, moment, moment)
  for (const message of due) await redis.zadd(delayed, 1, message)
  for (const worker of await redis.smembers(`{${prefix}:0}:sleepers:default`)) {
    await redis.lpush(`{${prefix}:0}:wake:${worker}`, '1')
  }
}
