import type { JsonObject } from '../model/json.ts'
import type { Attempt } from './ended.ts'
import type { TaskRequest } from './request.ts'
import { type Returned, returnedBy } from './returned.ts'

/** Follows workflows from process to process. */
export interface Tracing {
  /** Around the sending of a canvas, a task by its name or a `chain`, `group` or `chord`; gives its run's id. */
  sending<Run extends { readonly id: string }>(name: string, send: () => Promise<Run>): Promise<Run>
  /** What calls that are drawn here and now carry in their headers. */
  carried(): JsonObject
  /** Around one attempt at a task. */
  running(request: TaskRequest, run: () => Promise<Returned>): Promise<unknown>
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
