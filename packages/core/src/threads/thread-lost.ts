import { Reject } from '../runtime/tasks/control.ts'

/** A thread died, as a worker may. The task that had begun in it runs again, unless it may run only once. */
export class ThreadLost extends Reject {
  override readonly name = 'WorkerLostError'
  readonly code = 'worker-lost'
  /** Else it was not what the thread died of, and nothing of it was done. */
  readonly hasBegun: boolean

  constructor(message: string, hasBegun: boolean, cause: unknown) {
    super(message, { requeue: true })
    this.hasBegun = hasBegun
    if (cause instanceof Error) this.cause = cause
  }
}
