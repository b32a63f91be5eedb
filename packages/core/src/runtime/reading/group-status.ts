import { isAwaited, type Spot, widthOf } from '../../machine/outline.ts'
import { runOf } from '../../model/message.ts'
import type { Verdict } from '../../model/outcome.ts'
import type { Standing } from '../../ports/backend.ts'
import type { Gathering } from './gathering.ts'
import { isSkip, type Known, NEVER, type Status, skipOf } from './standing.ts'

/*
 * How a group stands. Its members tell, unless it was skipped, or its list was kept for it. One that something awaits has a
 * chord, and ends when that is closed: what is enough for that is the policy's business. A group without members is one
 * call, which says all.
 */

/** How it stands as far as its members need not be asked; null if they must be. */
export function statusOfItself(id: string, spot: Spot, known: Known): Status | null {
  const own = known(id)
  if (own.kind === 'unknown') return own
  if (own.kind === 'ended') return isWhole(id, own.verdict) ? own : null
  const skip = skipOf(runOf(id), spot, known)
  if (skip !== null) return { kind: 'ended', verdict: skip }
  if (!hasVerdict(spot) || own.kind === 'underway') return null
  return { kind: 'ended', verdict: own.kind === 'halted' ? own.verdict : NEVER }
}

/** How it stands by what is known of its members. */
export function statusByMembers(own: Standing, spot: Spot, members: Gathering): Status {
  const { lost, values, isDone, hasBegun } = members
  if (own.kind !== 'ended' && (hasVerdict(spot) || !isDone)) {
    return { kind: 'underway', state: 'PENDING', meta: null }
  }
  const kept = own.kind === 'ended' ? own.verdict : null
  if (kept !== null && 'failure' in kept) {
    return { kind: 'ended', verdict: { state: kept.state, failure: (lost ?? kept).failure } }
  }
  if (kept === null && lost !== null) {
    const state = own.kind === 'halted' ? 'REVOKED' : 'FAILURE'
    return { kind: 'ended', verdict: { state, failure: lost.failure } }
  }
  const never = kept === null && !hasBegun
  return never ? { kind: 'ended', verdict: NEVER } : { kind: 'ended', verdict: OF_MEMBERS, values }
}

const OF_MEMBERS: Verdict = Object.freeze({ state: 'SUCCESS', value: null, of: 'members' })

/** Whether it is told when it ends, and need not be told by its members. */
function hasVerdict(spot: Spot): boolean {
  return isAwaited(spot) || widthOf(spot) === 0
}

/** Whether a group's own verdict is all there is to know: it was skipped, or its list was kept. */
function isWhole(id: string, verdict: Verdict): boolean {
  return verdict.state === 'SUCCESS' ? verdict.of !== 'members' : isSkip(id, verdict)
}
