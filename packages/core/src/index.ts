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
export { type Duration, isDuration, milliseconds, moment } from './model/duration.ts'
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
export { idAt, letterId, positionOf, retriesBehind, runOf } from './model/message.ts'
export { didYouMean } from './model/nearest.ts'
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
export { builtInTasks } from './runtime/attempts/builtin.ts'
export { createExecutor, type Executor } from './runtime/attempts/executor.ts'
export { applyEagerly, type EagerWorld, eagerWorld } from './runtime/eager.ts'
export type { EventError, TaskPlace, WorkEvent } from './runtime/events/event.ts'
export { type EventLog, eventLog } from './runtime/events/event-log.ts'
export { EventStream } from './runtime/events/event-stream.ts'
export { witnessed } from './runtime/events/witness.ts'
export type { RunGraph, RunNode } from './runtime/reading/graph.ts'
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
} from './runtime/reading/handles.ts'
export { ResultSet } from './runtime/reading/result-set.ts'
export { type Desk, restoreResult, resultOfId, resultOfRun } from './runtime/reading/results.ts'
export { queuesOfRun } from './runtime/reading/unserved.ts'
export { launch } from './runtime/runs/launch.ts'
export { purge } from './runtime/runs/purge.ts'
export { checkRunId, newRunId, runIdFor } from './runtime/runs/run-id.ts'
export {
  currentTask,
  type Declared,
  type Surroundings,
  TaskContext,
  type TaskWorld,
  UNHEARD,
} from './runtime/tasks/context.ts'
export { Ignore, Reject, Retry, type RetryOptions } from './runtime/tasks/control.ts'
export { type ErrorClass, recordError, reviveError } from './runtime/tasks/error-record.ts'
export type { Handlers } from './runtime/tasks/handlers.ts'
export type { Happening, Tell } from './runtime/tasks/happening.ts'
export type { Happenings, Hear } from './runtime/tasks/happenings.ts'
export { type Logger, SILENT } from './runtime/tasks/logger.ts'
export {
  type Packer,
  type Packing,
  PLAIN_PACKER,
  packEach,
  shortenEach,
} from './runtime/tasks/packer.ts'
export { type Pace, type Rate, type RateLimit, rateOf } from './runtime/tasks/rate-limit.ts'
export type { DeliveryInfo, TaskRequest } from './runtime/tasks/request.ts'
export type { Returned } from './runtime/tasks/returned.ts'
export { type Lane, PLAIN_TASK, type Registry, type TaskDefinition } from './runtime/tasks/task.ts'
export { carriedBy, type Tracing, tracedSending } from './runtime/tasks/tracing.ts'
export { type Autoscale, type AutoscaleOptions, boundsOf } from './runtime/worker/autoscale.ts'
export { broadcast } from './runtime/worker/broadcast.ts'
export type { Answer, Command } from './runtime/worker/command.ts'
export type { Stopped } from './runtime/worker/life.ts'
export type { SignalOptions } from './runtime/worker/until-signal.ts'
export {
  createWorker,
  type Employer,
  type Worker,
  type WorkerOptions,
  type WorkerPlace,
} from './runtime/worker/worker.ts'
export { enlist, isPoolThread } from './threads/crew.ts'
export { type Pool, poolFor } from './threads/pool.ts'
export type { PoolOptions } from './threads/pool-options.ts'
export { serve } from './threads/serve.ts'
export { standInFor } from './threads/stand-in.ts'
