import { placeAt, type Spot } from '../../machine/outline.ts'
import { TaskRevokedError } from '../../model/errors.ts'
import { runOf } from '../../model/message.ts'
import type { Failed } from '../../model/outcome.ts'
import type { Span } from '../../model/plan.ts'
import type { ShapeStep } from '../../model/shape.ts'
import { recordError } from '../tasks/error-record.ts'

/** How one node is revoked: it shall not run, nor what follows it in its line, and this is the verdict they end with. */
export function revocation(id: string, spot: Spot): { span: Span; verdict: Failed } {
  const { plan, takes, step } = spot
  const end = endOfStep(plan.at(-1) ?? step)
  const span = { at: placeAt(spot), span: end - step.at, ...(takes !== null && { takes }) }
  const [task, who] =
    step.op === 'call' ? [step.task, `${step.task} (${id})`] : ['celery.group', `the group ${id}`]
  return { span, verdict: revoked(id, task, `${who} was revoked`) }
}

/** How a whole run is cancelled: every place there is or will be. It says why, if nobody asked for it. */
export function cancellation(run: string, why: string | null = null): { span: Span; verdict: Failed } {
  const message = `the run ${run} was cancelled${why === null ? '' : `: ${why}`}`
  return {
    span: { at: '0', span: Number.MAX_SAFE_INTEGER, takes: '' },
    verdict: revoked(run, 'celery.chain', message),
  }
}

function revoked(id: string, task: string, message: string): Failed {
  const error = { ...recordError(new TaskRevokedError(message)), stack: null }
  return {
    state: 'REVOKED',
    failure: { id, task, error, state: 'REVOKED', args: [], kwargs: {}, retries: 0, root: runOf(id) },
  }
}

/** The first place behind a step and all its branches. */
function endOfStep(step: ShapeStep): number {
  const last = step.op === 'fork' ? step.members.at(-1) : undefined
  return last ? last.at + last.count * last.span : step.at + 1
}
