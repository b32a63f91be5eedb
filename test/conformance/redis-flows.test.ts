import { redisEnsemble } from '../support/redis-ensemble.ts'
import { redisGiven } from '../support/redis-given.ts'
import { describeFlows } from './flow.suite.ts'

const given = redisGiven()
let ensembles = 0

describeFlows('on Redis, with two workers', () =>
  redisEnsemble(given.url, { prefix: `${given.prefix}-${ensembles++}` }, given.redis),
)
