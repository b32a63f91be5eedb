import type { JsonObject } from '../../model/json.ts'
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

type Report = (problem: string, error: unknown) => void

/** One attempt, under the eyes of whoever traces. A tracer that fails is reported, and changes nothing. */
export function traced(
  tracing: Tracing,
  request: TaskRequest,
  attempt: () => Promise<Attempt>,
  report: Report,
): Promise<Attempt> {
  const watch = (run: () => Promise<Attempt>): unknown =>
    tracing.running(request, () => run().then(returnedBy))
  return harmlessly(watch, attempt, `The attempt at ${request.task}`, report)
}

/** The same for the sending of a canvas. */
export function tracedSending<Run extends { readonly id: string }>(
  tracing: Tracing,
  name: string,
  send: () => Promise<Run>,
  report: Report,
): Promise<Run> {
  return harmlessly((run) => tracing.sending(name, run), send, `The sending of ${name}`, report)
}

/** What is carried, or nothing where a tracer fails. */
export function carriedBy(tracing: Tracing, report: Report): JsonObject | null {
  try {
    return tracing.carried()
  } catch (error) {
    report('Where a trace stands could not be told', error)
    return null
  }
}

/** Whatever a tracer does, the deed is done, once, and nobody waits for the tracer when it is. */
async function harmlessly<T>(
  watch: (deed: () => Promise<T>) => unknown,
  deed: () => Promise<T>,
  what: string,
  report: Report,
): Promise<T> {
  let done: Promise<T> | null = null
  const once = (): Promise<T> => {
    done ??= deed()
    return done
  }
  await new Promise<void>((resolve) => {
    let hasFailed = false
    const watched = async (): Promise<void> => {
      await watch(() => {
        const doing = once()
        doing.then(
          () => resolve(),
          () => {
            hasFailed = true
            resolve()
          },
        )
        return doing
      })
    }
    watched()
      .catch((error: unknown) => hasFailed || report(`${what} could not be traced`, error))
      .finally(resolve)
  })
  return once()
}
