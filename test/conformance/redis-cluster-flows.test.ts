import { afterAll, beforeAll } from 'vitest'
import { type PrivateCluster, startCluster } from '../support/redis-cluster.ts'
import { redisEnsemble } from '../support/redis-ensemble.ts'
import { describeFlows } from './flow.suite.ts'

let cluster: PrivateCluster
let ensembles = 0

beforeAll(async () => {
  cluster = await startCluster()
}, 300_000)
afterAll(() => cluster?.stop())

describeFlows('on a Redis cluster, with two workers', () =>
  redisEnsemble({ cluster: cluster.nodes }, { prefix: `flow-${ensembles++}`, partitions: 4 }, cluster.admin),
)
