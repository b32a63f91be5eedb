import type { Chord, Taken } from '../model/chord.ts'
import { cut } from '../model/cut.ts'
import type { Json } from '../model/json.ts'
import { LIMITS } from '../model/limits.ts'
import type { ErrorRecord, FailedMember, Verdict } from '../model/outcome.ts'
import type { Policy } from '../model/plan.ts'

/** Whether a chord with so many seats, of which so many hold a value and so many a failure, is over. */
export function isOver(policy: Policy, size: number, good: number, bad: number): boolean {
  if (good + bad >= size) return true
  if (policy === 'failFast') return bad > 0
  if (typeof policy === 'object') return good >= policy.quorum || bad > size - policy.quorum
  return false
}

/** Whether a seat holds a value. An ignored member counts as having given null. */
export function isGood(verdict: Verdict): boolean {
  return verdict.state === 'SUCCESS' || verdict.state === 'IGNORED'
}

/** What the body of a closed chord is given, or null if it must not run. */
export function valuesOf(chord: Chord, seats: readonly Taken[]): Json[] | null {
  const { policy, size } = chord
  const rows = inOrder(seats)
  if (policy === 'settle') return rows.map(({ verdict }) => settled(verdict))
  if (typeof policy === 'object') return quorum(rows, size, policy.quorum)
  if (rows.length < size || !rows.every(({ verdict }) => isGood(verdict))) return null
  return rows.map(({ verdict }) => value(verdict))
}

/** The first values in their places, null elsewhere. */
function quorum(rows: readonly Taken[], size: number, needed: number): Json[] | null {
  const good = rows.filter(({ verdict }) => isGood(verdict))
  if (good.length < needed) return null
  const list: Json[] = []
  const byIndex = new Map(good.map(({ index, verdict }) => [index, value(verdict)]))
  for (let index = 0; index < size; index++) list.push(byIndex.get(String(index)) ?? null)
  for (const { index, verdict } of good) if (index.includes('.')) list.push(value(verdict))
  return list
}

function value(verdict: Verdict): Json {
  return verdict.state === 'SUCCESS' ? verdict.value : null
}

function settled(verdict: Verdict): Json {
  if (isGood(verdict)) return { ok: true, value: value(verdict) }
  const error = verdict.state === 'FAILURE' || verdict.state === 'REVOKED' ? verdict.failure.error : null
  return { ok: false, error: error as unknown as Json } // an ErrorRecord is JSON; interfaces cannot say so
}

/** The members that were drawn in their order, then those added while it ran, in the order of who added them. */
function inOrder(seats: readonly Taken[]): Taken[] {
  const paths = new Map(seats.map((seat) => [seat, seat.index.split('.').map(Number)]))
  return [...seats].sort((a, b) => compare(paths.get(a) ?? [], paths.get(b) ?? []))
}

function compare(a: readonly number[], b: readonly number[]): number {
  const added = Number(a.length > 1) - Number(b.length > 1)
  if (added !== 0) return added
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** The error of a chord that failed: every failed member, and as its cause what was wrong at the bottom of the first. */
export function listFailures(size: number, seats: readonly Taken[]): ErrorRecord {
  const members: FailedMember[] = []
  let cause: ErrorRecord | null = null
  inOrder(seats).forEach(({ index, verdict }, rank) => {
    if (verdict.state !== 'FAILURE' && verdict.state !== 'REVOKED') return
    const { id, error } = verdict.failure
    cause ??= error.type === CHORD_ERROR ? error.cause : error
    const { type, message, code } = error
    const brief: ErrorRecord = {
      type,
      message: cut(message, LIMITS.listedCharacters),
      stack: null,
      cause: null,
      ...(code !== undefined && { code }),
    }
    members.push({ id, index: index.includes('.') ? rank : Number(index), error: brief })
  })
  const first = members[0]
  const listed = members.slice(0, LIMITS.listedFailures)
  const count =
    listed.length < members.length
      ? `${members.length} (the first ${listed.length} are listed)`
      : members.length
  return {
    type: CHORD_ERROR,
    code: 'chord-failed',
    message: `${count} of ${Math.max(size, seats.length)} members failed, the first of them member ${first?.index}: ${bottomLine(cause)}`,
    stack: null,
    cause,
    members: listed,
  }
}

const CHORD_ERROR = 'ChordError'

function bottomLine(cause: ErrorRecord | null): string {
  return cause === null ? 'without a reason' : `${cause.type}: ${cut(cause.message, LIMITS.listedCharacters)}`
}
