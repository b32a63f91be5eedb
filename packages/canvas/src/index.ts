export {
  type Answer,
  ArpeggioError,
  type AsyncResult,
  type Autoscale,
  type AutoscaleOptions,
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
export { App } from './app.ts'
export { chain } from './chain.ts'
export { chord } from './chord.ts'
export type { Problem } from './compile/arguments.ts'
export type { Annotation, TaskAnnotations } from './config/annotations.ts'
export type { AppOptions } from './config/app-options.ts'
export type { ConfigSource } from './config/config-source.ts'
export type { Placement, Route, RouteFunction, RouteTable, TaskRoutes } from './config/routes.ts'
export type { Config, Settings } from './config/settings.ts'
export { type Estimate, estimate } from './estimate.ts'
export { group } from './group.ts'
export type { DiscoverOptions } from './house/discover.ts'
export type { Home } from './house/home.ts'
export { sharedTask } from './house/shared-task.ts'
export type { ChordPolicy, Compression, Node } from './node/node.ts'
export type { LaunchOptions, SetOptions } from './node/options.ts'
export type { Serializer } from './packing/serializers.ts'
export { pipe } from './pipe.ts'
export { resultFromTuple } from './result-from-tuple.ts'
export { currentTask, type Self } from './self.ts'
export { type AnySignature, type Group, Signature } from './signature.ts'
export { type SignatureDetails, signature } from './signature-of.ts'
export type { IdempotencyKey, PackedTask, Task, TaskFace, TaskMaker, TaskOptions } from './task.ts'
export type { StandardSchema, TaskSchema } from './tasks/schema.ts'
export type { Repr } from './tasks/show-call.ts'
export type { Base } from './tasks/task-base.ts'
export type { AppEvents } from './telling/hooks.ts'
export type { LogLevel } from './telling/logging.ts'
export type { Settled } from './typing/edges.ts'
export type { Wire } from './typing/wire.ts'
export { validate } from './validate.ts'
export type { AddressOptions, Control, NewTimeLimits, Replies } from './workers/control.ts'
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
} from './workers/inspect.ts'
