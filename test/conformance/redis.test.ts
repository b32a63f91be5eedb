import { setTimeout as sleep } from 'node:timers/promises'
import { redisBackend } from '@arpeggio/redis-backend'
import { redisGiven } from '../support/redis-given.ts'
import { describeBackend } from './backend.suite.ts'

const given = redisGiven()
let trials = 0

describeBackend('the Redis backend', () => ({
  backend: redisBackend(given.url, {
    prefix: `${given.prefix}-${trials++}`,
    lease: 600,
    heartbeat: 'loop',
    warn: () => {},
  }),
  advance: (ms) => sleep(ms + 5),
  unitMs: 50,
}))
