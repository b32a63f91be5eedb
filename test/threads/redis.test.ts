import { redisBackend } from '@arpeggio/redis-backend'
import { redisHere } from '../support/redis-here.ts'
import { describeThreads } from './threads.suite.ts'

const here = redisHere()

describeThreads('in threads, on Redis', () => ({
  backend: redisBackend(here.server.url, { warn: () => {} }),
}))
