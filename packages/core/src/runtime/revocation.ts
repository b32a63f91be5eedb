import { placeAt, positionAt, type Spot } from '../machine/outline.ts'
import { TaskRevokedError } from '../model/errors.ts'
import { runOf } from '../model/message.ts'
import type { Failed } from '../model/outcome.ts'
import type { Span } from '../model/plan.ts'
import { recordError } from './error-record.ts'

/** How one node is revoked: the places that shall not run, and the verdict they end with. */
export function revocation(id: string, spot: Spot): { span: Span; verdict: Failed } {
  const position = positionAt(spot)
  const at = placeAt(spot)
  const span = { at, span: reach(spot), ...(position !== at && { takes: position }) }
  return {
    span,
    verdict: revoked(id, spot.step.op === 'call' ? spot.step.task : 'celery.group', 'it was revoked'),
  }
}

/** How a whole run is cancelled: every place there is or will be. */
export function cancellation(run: string): { span: Span; verdict: Failed } {
  return {
    span: { at: '0', span: Number.MAX_SAFE_INTEGER, takes: '' },
    verdict: revoked(run, 'celery.chain', 'its run was cancelled'),
  }
}

function revoked(id: string, task: string, why: string): Failed {
  const error = { ...recordError(new TaskRevokedError(why)), stack: null }
  return {
    state: 'REVOKED',
    failure: { id, task, error, state: 'REVOKED', args: [], kwargs: {}, retries: 0, root: runOf(id) },
  }
}

/** The places of a node: its own, and those of its branches. */
function reach({ step }: Spot): number {
  const last = step.op === 'fork' ? step.members.at(-1) : undefined
  return last ? last.at + last.count * last.span - step.at : 1
}
