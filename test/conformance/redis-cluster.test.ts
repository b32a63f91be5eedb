import { setTimeout as sleep } from 'node:timers/promises'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterAll, beforeAll } from 'vitest'
import { type PrivateCluster, startCluster } from '../support/redis-cluster.ts'
import { describeBackend } from './backend.suite.ts'

let cluster: PrivateCluster
let trials = 0

beforeAll(async () => {
  cluster = await startCluster()
}, 300_000)
afterAll(() => cluster?.stop())

describeBackend('the Redis backend on a cluster', () => ({
  backend: redisBackend(
    { cluster: cluster.nodes },
    { prefix: `trial-${trials++}`, partitions: 4, lease: 600, heartbeat: 'loop', warn: () => {} },
  ),
  advance: (ms) => sleep(ms + 5),
  unitMs: 50,
}))
