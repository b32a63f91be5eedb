import { endAs, fail } from '../../machine/machine.ts'
import type { Effect } from '../../model/effect.ts'
import { TaskRevokedError } from '../../model/errors.ts'
import { LIMITS } from '../../model/limits.ts'
import type { CallMessage } from '../../model/message.ts'
import type { ErrorRecord } from '../../model/outcome.ts'
import type { Delivery } from '../../ports/backend.ts'
import { recordError, workerLost } from '../tasks/error-record.ts'
import type { TaskDefinition } from '../tasks/task.ts'

/** Reasons not to run a delivery at all, and what becomes of it instead; null if it shall run. */
export function guard(
  delivery: Delivery,
  message: CallMessage,
  rules: TaskDefinition | undefined,
  now: number,
): Effect[] | null {
  if (delivery.verdict !== null) return endAs(message, delivery.verdict)
  const { expires } = message.options
  if (expires !== undefined && now > expires) {
    const error = new TaskRevokedError(
      `${message.task} expired at ${new Date(expires).toISOString()}, before it could start`,
    )
    return fail(message, recordError(error), 'REVOKED')
  }
  if (delivery.count > 1 && isOnce(rules)) {
    const reason = `the worker that ran ${message.task} was lost, and it is not to be run again`
    return fail(message, workerLost(reason))
  }
  if (delivery.count > LIMITS.deliveries) {
    const reason = `${message.task} was given up after ${LIMITS.deliveries} deliveries, none of which came to an end`
    return setAside(message, workerLost(reason))
  }
  return null
}

/** Whether that is how a delivery ends which has come too often. */
export function isGivenUp(effects: readonly Effect[] | null): boolean {
  return effects?.some((effect) => effect.do === 'bury') ?? false
}

/** Whether a message that may have been run is not to be run again. A retry is another message. */
export function isOnce(rules: TaskDefinition | undefined): boolean {
  return rules !== undefined && !(rules.acksLate && rules.rejectOnWorkerLost)
}

/** It went back to its queue again and again: its task would not take it, or what ran it was lost each time. */
export function giveUpAfter(message: CallMessage, count: number, cause: ErrorRecord): Effect[] {
  if (cause.code === 'worker-lost') {
    const reason = `${message.task} was run ${count} times, and each time it was lost: ${cause.message}`
    return setAside(message, { ...workerLost(reason), cause })
  }
  const reason = `${message.task} was rejected ${count} times`
  return setAside(message, { type: 'Reject', message: reason, stack: null, cause })
}

/** It fails, and is kept for people to look at. */
function setAside(message: CallMessage, error: ErrorRecord): Effect[] {
  return [{ do: 'bury', message, reason: error.message }, ...fail(message, error)]
}
