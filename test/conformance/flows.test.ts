import { distantBackend } from '../support/distant-backend.ts'
import { eagerly, twoWorkers } from '../support/ensembles.ts'
import { describeFlows } from './flow.suite.ts'

describeFlows('in memory, with two workers', () => twoWorkers())
describeFlows('in memory, at the other end of a wire', () => twoWorkers({}, distantBackend))
describeFlows('eagerly', () => eagerly())
