import type { FailedMember } from './outcome.ts'

/** Every code an Arpeggio error may carry. */
export type ErrorCode =
  | 'app-closed' // the app was closed and can send nothing more
  | 'app-missing' // a signature that belongs to no app was asked to run
  | 'arguments-wrong' // a task was given too many or too few arguments
  | 'backend-full' // no room for new work where workflows live
  | 'backend-refused' // where workflows live does not let us in, is not what it should be, or was not there at the first time
  | 'backend-unreachable' // where workflows live was there, and has not answered for too long
  | 'chain-empty' // a chain without steps
  | 'chord-body-missing' // a chord without a body was asked to run
  | 'chord-failed' // members of a chord failed, so its body cannot run
  | 'config-frozen' // settings were to be changed of an app that runs already
  | 'duration-invalid' // neither milliseconds nor a text with a unit
  | 'id-invalid' // an id that cannot name a run
  | 'id-taken' // a taskId of a run that was drawn otherwise
  | 'lease-lost' // a message is somebody else's now, and a task still runs for it
  | 'limit-exceeded' // something is larger, longer or deeper than its limit
  | 'message-untrusted' // a message, or what belongs to its run, that nobody has signed whose key is known
  | 'moment-invalid' // neither a Date nor an ISO text
  | 'not-in-task' // something only a running task may do
  | 'option-invalid' // an unknown option, or a value it cannot have
  | 'queue-unknown' // a queue that is not among those of the app
  | 'result-unknown' // nothing is known of this id: never sent, or long cleaned away
  | 'retries-exhausted' // a task asked for one retry too many
  | 'serializer-unknown' // a value was packed by a serializer that is not known here
  | 'run-underway' // something only a run that is over may be asked for
  | 'signature-invalid' // a JSON signature that cannot be read
  | 'simulation-failed' // something does not hold in a simulated world
  | 'task-duplicate' // two tasks of one app share a name
  | 'task-revoked' // a task was revoked, cancelled or expired
  | 'task-unknown' // no task of this name is registered here
  | 'time-limit' // a task ran longer than it may
  | 'timeout' // the wait ended before the value came
  | 'value-not-json' // a value that JSON cannot carry
  | 'value-unreadable' // a value that was packed, and cannot be unpacked
  | 'value-refused' // an argument or result that is not what the schema of its task says
  | 'wait-in-task' // a task waits for another task, which can block every worker
  | 'worker-in-thread' // a worker was to start in a thread that runs tasks for another one
  | 'worker-lost' // the worker that ran a task was lost, and it is not run again

/** The one error class: what happened, to what, and what to do next; `code` is for programs. */
export class ArpeggioError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ArpeggioError'
    this.code = code
  }
}

/** Members of a chord failed, so its body did not run. */
export class ChordError extends ArpeggioError {
  readonly members: readonly FailedMember[]
  constructor(message: string, members: readonly FailedMember[] = [], options?: ErrorOptions) {
    super('chord-failed', message, options)
    this.name = 'ChordError'
    this.members = members
  }
}

/** The task was revoked, its run was cancelled, or it expired before it could start. */
export class TaskRevokedError extends ArpeggioError {
  constructor(message: string, options?: ErrorOptions) {
    super('task-revoked', message, options)
    this.name = 'TaskRevokedError'
  }
}

/** A task reached its soft limit: its signal was aborted with this, and it may still end well. */
export class SoftTimeLimitExceeded extends ArpeggioError {
  constructor(message: string, options?: ErrorOptions) {
    super('time-limit', message, options)
    this.name = 'SoftTimeLimitExceeded'
  }
}

/** A task reached its hard limit, and failed. */
export class TimeLimitExceeded extends ArpeggioError {
  constructor(message: string, options?: ErrorOptions) {
    super('time-limit', message, options)
    this.name = 'TimeLimitExceeded'
  }
}

/** A task asked for one retry more than it may have. */
export class MaxRetriesExceededError extends ArpeggioError {
  constructor(message: string, options?: ErrorOptions) {
    super('retries-exhausted', message, options)
    this.name = 'MaxRetriesExceededError'
  }
}

/** The worker that ran a task was lost before it could tell how that ended, and the task is not run again. */
export class WorkerLostError extends ArpeggioError {
  constructor(message: string, options?: ErrorOptions) {
    super('worker-lost', message, options)
    this.name = 'WorkerLostError'
  }
}
