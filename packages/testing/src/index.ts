export type { End } from './end.ts'
export { FAULTS, type Fault } from './schedule.ts'
export { type Simulated, type SimulateOptions, SimulationError, simulate } from './simulate.ts'
