import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { redisBackend, type Where } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { redisEnsemble } from '../support/redis-ensemble.ts'
import { type PrivateServer, startServer } from '../support/redis-server.ts'
import { describeBackend } from './backend.suite.ts'
import { describeFlows } from './flow.suite.ts'

/*
 * A user who has the rights that the guide lists, and no others, can do everything; and so can who signs his messages.
 */

let server: PrivateServer
let redis: Redis
let poor: Where
let trials = 0
const signWith = ['a-key-that-nobody-else-has-on-earth']

beforeAll(async () => {
  server = await startServer()
  redis = new Redis(server.url)
  const guide = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8')
  const [, rule = ''] = /```text\nACL (SETUSER arpeggio [^`]*)```/.exec(guide) ?? []
  await redis.call('ACL', rule.trim().split(/\s+/))
  poor = { port: server.port, username: 'arpeggio', password: 'change-me' }
}, 300_000)
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

describeBackend('the Redis backend with the rights of the guide, signing', () => ({
  backend: redisBackend(poor, {
    prefix: `arpeggio:${trials++}`,
    lease: 600,
    heartbeat: 'loop',
    warn: () => {},
    signWith,
  }),
  advance: (ms) => sleep(ms + 5),
  unitMs: 50,
}))

describeFlows('on Redis, with the rights of the guide, signing', () =>
  redisEnsemble(poor, { prefix: `arpeggio:${trials++}`, signWith }, redis),
)
