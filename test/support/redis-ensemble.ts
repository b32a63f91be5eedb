import { setTimeout as sleep } from 'node:timers/promises'
import { App, type AppOptions } from '@arpeggio/canvas'
import { type RedisBackendOptions, redisBackend, type Where } from '@arpeggio/redis-backend'
import type { Cluster, Redis } from 'ioredis'
import type { Ensemble } from '../conformance/flow.suite.ts'

/** Two workers on a Redis; `admin` may do everything there. What is delayed is due as soon as there is nothing else to do. */
export async function redisEnsemble(
  where: Where,
  options: RedisBackendOptions & { readonly prefix: string },
  admin: Redis | Cluster,
  settings: AppOptions = {},
): Promise<Ensemble> {
  const backend = redisBackend(where, { warn: () => {}, ...options })
  const app = new App({ logLevel: 'silent', backend, ...settings })
  await Promise.all([app.worker().start(), app.worker({ concurrency: 1 }).start()])
  const partitions = Array.from({ length: options.partitions ?? 1 }, (_, i) => `{${options.prefix}:${i}}:`)
  return {
    app,
    keepsTime: false,
    passes: async (ms) => void (await sleep(ms)),
    async finished({ run }) {
      while (!(await run.progress()).over) {
        for (const partition of partitions) await hasten(admin, partition)
        await sleep(5)
      }
    },
  }
}

/** What comes next, a delayed message or a deadline, comes now, one moment after another: as if time had gone on. */
async function hasten(redis: Redis | Cluster, partition: string): Promise<void> {
  const coming = await Promise.all(
    ['deadlines', 'delayed'].map(async (name) => {
      const key = `${partition}${name}`
      const [, moment] = await redis.zrange(key, '0', '0', 'WITHSCORES')
      return { key, moment: Number(moment ?? Number.POSITIVE_INFINITY) }
    }),
  )
  const [{ key, moment }] = coming.sort((a, b) => a.moment - b.moment) as [(typeof coming)[0]]
  if (!Number.isFinite(moment) || moment < Date.now()) return
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis]
  const keys = await Promise.all(nodes.map((node) => node.keys(`${partition}*`)))
  if (keys.flat().some((key) => /^\{.*?\}:(held|line):/.test(key))) return // somebody is at work
  const due = await redis.zrangebyscore(key, moment, moment)
  for (const member of due) await redis.zadd(key, 'XX', 1, member)
  for (const worker of await redis.smembers(`${partition}sleepers:default`)) {
    await redis.lpush(`${partition}wake:${worker}`, '1')
  }
}
