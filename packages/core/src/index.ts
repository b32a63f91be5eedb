export { Halts } from './machine/halts.ts'
export { endOfRest } from './machine/machine.ts'
export type { RetryPolicy } from './machine/retry-policy.ts'
export { Audience } from './memory/audience.ts'
export { systemClock, type VirtualClock, virtualClock } from './memory/clock.ts'
export { type MemoryBackend, type MemoryOptions, memoryBackend } from './memory/memory-backend.ts'
export {
  checkOptions,
  isPlainObject,
  isWhole,
  KINDS,
  type OptionKind,
  unknownOption,
} from './model/check-options.ts'
export type { Chord, Closed, Taken } from './model/chord.ts'
export { cut } from './model/cut.ts'
export { type Duration, milliseconds, moment } from './model/duration.ts'
export type { Effect, Read, Wish } from './model/effect.ts'
export {
  ArpeggioError,
  ChordError,
  type ErrorCode,
  MaxRetriesExceededError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  WorkerLostError,
} from './model/errors.ts'
export {
  isForbiddenKey,
  type Json,
  type JsonFault,
  type JsonObject,
  JsonRefusal,
  MAX_VALUE_DEPTH,
  PACKED,
  type PackedJson,
  sizeOfJson,
  thaw,
  toJson,
} from './model/json.ts'
export { LIMITS } from './model/limits.ts'
export type {
  CallMessage,
  Course,
  Input,
  Message,
  Seat,
  SpreadMessage,
} from './model/message.ts'
export { idAt, letterId, positionOf, runOf } from './model/message.ts'
export type {
  ErrorRecord,
  Failed,
  FailedMember,
  Failure,
  Ignored,
  Success,
  Verdict,
} from './model/outcome.ts'
export type {
  Call,
  CallOptions,
  Compiled,
  Fork,
  Listed,
  Lists,
  Placed,
  Plan,
  Plannable,
  Policy,
  Site,
  Span,
  Step,
  Stored,
  StoredItem,
} from './model/plan.ts'
export { WHOLE } from './model/plan.ts'
export type { Deadline, Launch, Progress, RunRecord } from './model/run.ts'
export type { Bunch, CallShape, ForkShape, Graft, Shape, ShapeStep } from './model/shape.ts'
export { show } from './model/show.ts'
export type {
  Awaitable,
  Backend,
  Bus,
  Change,
  DeadLetter,
  DeadLetters,
  Deliveries,
  Delivery,
  Events,
  Interruption,
  Listener,
  Presence,
  Present,
  QueueLength,
  Queues,
  Rates,
  Reopened,
  Reply,
  Results,
  Runs,
  Scheduled,
  Standing,
} from './ports/backend.ts'
export type { Clock } from './ports/clock.ts'
export type { Autoscale } from './runtime/autoscale.ts'
export { broadcast } from './runtime/broadcast.ts'
export { builtInTasks } from './runtime/builtin.ts'
export type { Answer, Command } from './runtime/command.ts'
export {
  currentTask,
  type Declared,
  type Surroundings,
  TaskContext,
  type TaskWorld,
  UNHEARD,
} from './runtime/context.ts'
export { Ignore, Reject, Retry, type RetryOptions } from './runtime/control.ts'
export { applyEagerly, type EagerWorld, eagerWorld } from './runtime/eager.ts'
export { type ErrorClass, recordError, reviveError } from './runtime/error-record.ts'
export type { EventError, TaskPlace, WorkEvent } from './runtime/event.ts'
export { type EventLog, eventLog } from './runtime/event-log.ts'
export { EventStream } from './runtime/event-stream.ts'
export { createExecutor, type Executor } from './runtime/executor.ts'
export type { RunGraph, RunNode } from './runtime/graph.ts'
export type { Handlers } from './runtime/handlers.ts'
export type {
  AsyncResult,
  GetOptions,
  GroupResult,
  Look,
  ResultTuple,
  RevokeOptions,
  Run,
  RunUpdate,
  SharedOptions,
  State,
  Update,
} from './runtime/handles.ts'
export type { Happening, Tell } from './runtime/happening.ts'
export type { Happenings, Hear } from './runtime/happenings.ts'
export { launch } from './runtime/launch.ts'
export { type Logger, SILENT } from './runtime/logger.ts'
export {
  type Packer,
  type Packing,
  PLAIN_PACKER,
  packEach,
  shortenEach,
} from './runtime/packer.ts'
export { purge } from './runtime/purge.ts'
export { type Pace, type Rate, type RateLimit, rateOf } from './runtime/rate-limit.ts'
export type { DeliveryInfo, TaskRequest } from './runtime/request.ts'
export { ResultSet } from './runtime/result-set.ts'
export { type Desk, restoreResult, resultOfId, resultOfRun } from './runtime/results.ts'
export type { Returned } from './runtime/returned.ts'
export { checkRunId, newRunId, runIdFor } from './runtime/run-id.ts'
export { type Lane, PLAIN_TASK, type Registry, type TaskDefinition } from './runtime/task.ts'
export { carriedBy, type Tracing, tracedSending } from './runtime/tracing.ts'
export type { SignalOptions } from './runtime/until-signal.ts'
export { witnessed } from './runtime/witness.ts'
export {
  createWorker,
  type Employer,
  type Stopped,
  type Worker,
  type WorkerOptions,
} from './runtime/worker.ts'
export { enlist, isPoolThread } from './threads/crew.ts'
export { type Pool, poolFor } from './threads/pool.ts'
export type { PoolOptions } from './threads/pool-options.ts'
export { serve } from './threads/serve.ts'
export { standInFor } from './threads/stand-in.ts'
