import { endOfLine, positionAt, type Spot } from '../../machine/outline.ts'
import { idAt, runOf } from '../../model/message.ts'
import type { Verdict } from '../../model/outcome.ts'
import type { Backend, Standing } from '../../ports/backend.ts'

/**
 * How a node stands for those who ask: unknown, on its way, or at its end. With the verdict of a group that is its members'
 * comes what they gave.
 */
export type Status =
  | Exclude<Standing, { readonly kind: 'ended' | 'halted' | 'over' }>
  | { readonly kind: 'ended'; readonly verdict: Verdict; readonly values?: readonly unknown[] }

/** What a node's standing may follow from, besides what is known of itself: the ids that tell whether it was skipped. */
export function witnessesOf(run: string, spot: Spot): string[] {
  const ids = new Set<string>()
  for (let at: Spot | null = spot; at !== null; at = at.outer) {
    ids.add(idAt(run, positionAt(at)))
    ids.add(idAt(run, positionAt(endOfLine(at))))
  }
  return [...ids]
}

/** What is known of ids. */
export type Known = (id: string) => Standing

/**
 * The verdict of what came before a node, if because of that it will never begin. A failure is kept for the step that
 * failed and for the last of its line: a step between them that has no verdict was skipped, with all that hangs on it.
 */
export function skipOf(run: string, spot: Spot, known: Known): Verdict | null {
  for (let at: Spot | null = spot; at !== null; at = at.outer) {
    const id = idAt(run, positionAt(at))
    const own = verdictIn(known(id))
    if (own !== null) return isSkip(id, own) ? own : null
    const end = verdictIn(known(idAt(run, positionAt(endOfLine(at)))))
    if (end !== null) return end.state === 'SUCCESS' ? null : end
  }
  return null
}

/** How a call stands. */
export function statusOfCall(id: string, spot: Spot | null, known: Known): Status {
  const own = known(id)
  if (own.kind === 'ended' || own.kind === 'unknown') return own
  const skip = spot && skipOf(runOf(id), spot, known)
  if (skip) return { kind: 'ended', verdict: skip }
  return own.kind === 'underway'
    ? own
    : { kind: 'ended', verdict: own.kind === 'halted' ? own.verdict : NEVER }
}

/** What is left when a run is over had no reason to run: the links of what failed, the errbacks of what did not. */
export const NEVER: Verdict = Object.freeze({ state: 'IGNORED' })

/** Whether a verdict was kept for a node because of what came before it. */
export function isSkip(id: string, verdict: Verdict): boolean {
  return 'failure' in verdict ? verdict.failure.id !== id : verdict.state === 'IGNORED'
}

function verdictIn(standing: Standing): Verdict | null {
  return standing.kind === 'ended' ? standing.verdict : null
}

/** The state that users see. */
export function stateOf(status: Status): string {
  switch (status.kind) {
    case 'unknown':
      return 'UNKNOWN'
    case 'underway':
      return status.state
    case 'ended':
      return status.verdict.state
  }
}

/** Ids asked for in one read. */
const PAGE = 1_000

/** Reads what is known of these ids. */
export async function readKnown(backend: Backend, ids: readonly string[]): Promise<Known> {
  const known = new Map<string, Standing>()
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE)
    for (const [i, standing] of (await backend.results.get(page)).entries()) {
      known.set(page[i] as string, standing)
    }
  }
  return (id) => known.get(id) ?? UNKNOWN
}

const UNKNOWN: Standing = Object.freeze({ kind: 'unknown' })
