import { redisEnsemble } from '../support/redis-ensemble.ts'
import { redisHere } from '../support/redis-here.ts'
import { describeFlows } from './flow.suite.ts'

const here = redisHere()
let ensembles = 0

describeFlows('on Redis, with two workers', () =>
  redisEnsemble(here.server.url, { prefix: `flow-${ensembles++}` }, here.redis),
)
