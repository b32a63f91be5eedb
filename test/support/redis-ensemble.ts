import { setTimeout as sleep } from 'node:timers/promises'
import { App } from '@arpeggio/canvas'
import { type RedisBackendOptions, redisBackend, type Where } from '@arpeggio/redis-backend'
import type { Cluster, Redis } from 'ioredis'
import type { Ensemble } from '../conformance/flow.suite.ts'

/** Two workers on a Redis; `admin` may do everything there. What is delayed is due as soon as there is nothing else to do. */
export async function redisEnsemble(
  where: Where,
  options: RedisBackendOptions & { readonly prefix: string },
  admin: Redis | Cluster,
): Promise<Ensemble> {
  const app = new App({ logLevel: 'silent', backend: redisBackend(where, { warn: () => {}, ...options }) })
  await Promise.all([app.worker().start(), app.worker({ concurrency: 1 }).start()])
  const partitions = Array.from({ length: options.partitions ?? 1 }, (_, i) => `{${options.prefix}:${i}}:`)
  return {
    app,
    keepsTime: false,
    async finished({ run }) {
      while (!(await run.progress()).over) {
        for (const partition of partitions) await hasten(admin, partition)
        await sleep(5)
      }
    },
  }
}

/** What waits longest from now is due now, one moment after another: as if time had gone on. */
async function hasten(redis: Redis | Cluster, partition: string): Promise<void> {
  const delayed = `${partition}delayed`
  const [first, moment] = await redis.zrange(delayed, '0', '0', 'WITHSCORES')
  if (first === undefined || moment === undefined || Number(moment) < Date.now()) return
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis]
  const keys = await Promise.all(nodes.map((node) => node.keys(`${partition}*`)))
  if (keys.flat().some((key) => /^\{.*?\}:(held|line):/.test(key))) return // somebody is at work
  const due = await redis.zrangebyscore(delayed, moment, moment)
  for (const message of due) await redis.zadd(delayed, 1, message)
  for (const worker of await redis.smembers(`${partition}sleepers:default`)) {
    await redis.lpush(`${partition}wake:${worker}`, '1')
  }
}
