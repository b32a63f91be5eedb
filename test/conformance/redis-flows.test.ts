import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { redisEnsemble } from '../support/redis-ensemble.ts'
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

describeFlows('on Redis, with two workers', () =>
  redisEnsemble(server.url, { prefix: `flow-${ensembles++}` }, redis),
)
