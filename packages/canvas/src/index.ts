export {
  type Answer,
  ArpeggioError,
  type AsyncResult,
  ChordError,
  type Duration,
  type ErrorClass,
  type ErrorCode,
  type ErrorRecord,
  type EventError,
  type EventStream,
  type Failure,
  type GetOptions,
  type GroupResult,
  Ignore,
  type Json,
  LIMITS,
  MaxRetriesExceededError,
  memoryBackend,
  type Pace,
  type Progress,
  type RateLimit,
  Reject,
  Retry,
  type RetryOptions,
  type Run,
  type RunGraph,
  type RunNode,
  type SignalOptions,
  SoftTimeLimitExceeded,
  type State,
  type Stopped,
  type TaskPlace,
  type TaskRequest,
  TaskRevokedError,
  TimeLimitExceeded,
  type Update,
  type WorkEvent,
  type Worker,
  type WorkerOptions,
} from '@arpeggio/core'
export { App, type AppOptions } from './app.ts'
export { chain } from './chain.ts'
export { chord } from './chord.ts'
export type { Problem } from './compile/arguments.ts'
export type { AddressOptions, Control, NewTimeLimits, Replies } from './control.ts'
export { type Estimate, estimate } from './estimate.ts'
export { group } from './group.ts'
export type { Home } from './home.ts'
export type {
  ActiveTask,
  HeldTask,
  Inspect,
  QueriedTask,
  ReservedTask,
  WorkerConf,
  WorkerStats,
} from './inspect.ts'
export type { ChordPolicy, Node } from './node/node.ts'
export type { LaunchOptions, SetOptions } from './node/options.ts'
export { pipe } from './pipe.ts'
export { currentTask, type Self } from './self.ts'
export { type AnySignature, type Group, Signature } from './signature.ts'
export { type SignatureDetails, signature } from './signature-of.ts'
export type { Task, TaskFace, TaskMaker, TaskOptions } from './task.ts'
export type { Settled } from './typing/edges.ts'
export type { Wire } from './typing/wire.ts'
export { validate } from './validate.ts'
