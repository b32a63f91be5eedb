export {
  type Answer,
  ArpeggioError,
  type AsyncResult,
  type Autoscale,
  type CallOptions,
  ChordError,
  type DeliveryInfo,
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
  type Logger,
  type Look,
  MaxRetriesExceededError,
  memoryBackend,
  type Pace,
  type PoolOptions,
  type Progress,
  type QueueLength,
  type RateLimit,
  Reject,
  ResultSet,
  type ResultTuple,
  Retry,
  type RetryOptions,
  type Returned,
  type RevokeOptions,
  type Run,
  type RunGraph,
  type RunNode,
  type RunUpdate,
  type SharedOptions,
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
  WorkerLostError,
  type WorkerOptions,
} from '@arpeggio/core'
export type { Annotation, TaskAnnotations } from './annotations.ts'
export { App } from './app.ts'
export type { AppOptions } from './app-options.ts'
export { chain } from './chain.ts'
export { chord } from './chord.ts'
export type { Problem } from './compile/arguments.ts'
export type { ConfigSource } from './config-source.ts'
export type { AddressOptions, Control, NewTimeLimits, Replies } from './control.ts'
export type { DiscoverOptions } from './discover.ts'
export { type Estimate, estimate } from './estimate.ts'
export { group } from './group.ts'
export type { Home } from './home.ts'
export type { AppEvents } from './hooks.ts'
export type {
  ActiveTask,
  HeldTask,
  Inspect,
  QueriedTask,
  ReservedTask,
  ScheduledOptions,
  ScheduledTask,
  WorkerConf,
  WorkerStats,
} from './inspect.ts'
export type { LogLevel } from './logging.ts'
export type { ChordPolicy, Compression, Node } from './node/node.ts'
export type { LaunchOptions, SetOptions } from './node/options.ts'
export { pipe } from './pipe.ts'
export { resultFromTuple } from './result-from-tuple.ts'
export type { Placement, Route, RouteFunction, RouteTable, TaskRoutes } from './routes.ts'
export type { StandardSchema, TaskSchema } from './schema.ts'
export { currentTask, type Self } from './self.ts'
export type { Serializer } from './serializers.ts'
export type { Config, Settings } from './settings.ts'
export { sharedTask } from './shared-task.ts'
export type { Repr } from './show-call.ts'
export { type AnySignature, type Group, Signature } from './signature.ts'
export { type SignatureDetails, signature } from './signature-of.ts'
export type { IdempotencyKey, PackedTask, Task, TaskFace, TaskMaker, TaskOptions } from './task.ts'
export type { Base } from './task-base.ts'
export type { Settled } from './typing/edges.ts'
export type { Wire } from './typing/wire.ts'
export { validate } from './validate.ts'
