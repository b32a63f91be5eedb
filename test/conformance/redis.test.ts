import { setTimeout as sleep } from 'node:timers/promises'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterAll, beforeAll } from 'vitest'
import { type PrivateServer, startServer } from '../support/redis-server.ts'
import { describeBackend } from './backend.suite.ts'

let server: PrivateServer
let trials = 0

beforeAll(async () => {
  server = await startServer()
}, 300_000)
afterAll(() => server?.stop())

describeBackend('the Redis backend', () => ({
  backend: redisBackend(server.url, {
    prefix: `trial-${trials++}`,
    lease: 600,
    heartbeat: 'loop',
    warn: () => {},
  }),
  advance: (ms) => sleep(ms + 5),
  unitMs: 50,
}))
