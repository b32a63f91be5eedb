import type { JsonObject } from '../model/json.ts'
import type { Attempt } from './ended.ts'
import type { TaskRequest } from './request.ts'
import { type Returned, returnedBy } from './returned.ts'

/** Follows workflows from process to process. */
export interface Tracing {
  /** Around the sending of a run. What `send` is given travels in the headers of every message of it. */
  sending<T>(sent: Sent, send: (carried: JsonObject) => Promise<T>): Promise<T>
  /** Around one attempt at a task. */
  running(request: TaskRequest, run: () => Promise<Returned>): Promise<unknown>
}

/** A run that is sent. */
export interface Sent {
  readonly id: string
  /** The name of its task, or what else it is: chain, group, chord. */
  readonly name: string
}

/** One attempt, under the eyes of whoever traces. A tracer that fails is reported, and changes nothing. */
export async function traced(
  tracing: Tracing,
  request: TaskRequest,
  attempt: () => Promise<Attempt>,
  report: (problem: string, error: unknown) => void,
): Promise<Attempt> {
  let made: Promise<Attempt> | null = null
  const run = (): Promise<Returned> => {
    made ??= attempt()
    return made.then(returnedBy)
  }
  try {
    await tracing.running(request, run)
  } catch (error) {
    report(`The attempt at ${request.task} could not be traced`, error)
  }
  return made ?? attempt()
}
