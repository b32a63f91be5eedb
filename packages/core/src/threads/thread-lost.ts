import { Reject } from '../runtime/tasks/control.ts'

/** A thread died of what it ran, as a worker may: its task runs again, unless it may run only once. */
export class ThreadLost extends Reject {
  override readonly name = 'WorkerLostError'
  readonly code = 'worker-lost'

  constructor(message: string, cause: unknown) {
    super(message, { requeue: true })
    if (cause instanceof Error) this.cause = cause
  }
}
