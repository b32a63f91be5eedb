import {
  before,
  endOf,
  endOfGraft,
  linksOf,
  membersOf,
  positionAt,
  type Spot,
  stepsOf,
} from '../machine/outline.ts'
import { idAt } from '../model/message.ts'
import type { RunRecord } from '../model/run.ts'
import type { Backend } from '../ports/backend.ts'
import { PAGE } from './gathering.ts'

/** A run as a picture in data: its nodes with their states, and who hands a value to whom. */
export interface RunGraph {
  readonly nodes: readonly RunNode[]
  readonly edges: readonly (readonly [from: string, to: string])[]
}

/** A task or a group of a run. */
export interface RunNode {
  readonly id: string
  /** The task's name; null for a group. */
  readonly task: string | null
  readonly state: string
}

/** Every node of a run in drawing order, then what replaced or joined it while it ran. */
export async function graphOf(record: RunRecord, backend: Backend): Promise<RunGraph> {
  const spots = [...everyNode(endOf(record.shape))]
  for (const [under, graft] of Object.entries(record.grafts))
    spots.push(...everyNode(endOfGraft(under, graft)))
  const idOf = (spot: Spot): string => idAt(record.id, positionAt(spot))
  const states = await statesOf(spots.map(idOf), backend)
  // Members come after their group, so going back everything a group is made of is known when it is met.
  for (const spot of spots.toReversed()) {
    if (spot.step.op === 'fork' && states.get(idOf(spot)) === 'IGNORED') {
      states.set(
        idOf(spot),
        together([...membersOf(spot)].map((member) => states.get(idOf(member)) ?? 'UNKNOWN')),
      )
    }
  }
  const nodes = new Map<string, RunNode>()
  const edges: [string, string][] = []
  for (const spot of spots) {
    const id = idOf(spot)
    const from = before(spot)
    nodes.set(id, {
      id,
      task: spot.step.op === 'call' ? spot.step.task : null,
      state: states.get(id) ?? 'UNKNOWN',
    })
    if (from !== null) edges.push([idOf(from), id])
    for (const member of membersOf(spot)) edges.push([idOf(member), id])
  }
  return { nodes: [...nodes.values()], edges }
}

async function statesOf(ids: readonly string[], backend: Backend): Promise<Map<string, string>> {
  const states = new Map<string, string>()
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE)
    for (const [i, standing] of (await backend.results.get(page)).entries()) {
      const state =
        standing.kind === 'ended'
          ? standing.verdict.state
          : standing.kind === 'underway'
            ? standing.state
            : 'UNKNOWN'
      states.set(page[i] as string, state)
    }
  }
  return states
}

/** How a group stands whose members stand so. */
function together(states: readonly string[]): string {
  if (states.includes('FAILURE')) return 'FAILURE'
  if (states.includes('REVOKED')) return 'REVOKED'
  return states.every((state) => state === 'IGNORED') && states.length > 0 ? 'IGNORED' : 'SUCCESS'
}

/** All steps of a plan, each followed by its branches and links. */
function* everyNode(end: Spot): Generator<Spot> {
  const open = [stepsOf(end)]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { value: spot, done } = top.next()
    if (done) {
      open.pop()
      continue
    }
    yield spot
    for (const plan of [...membersOf(spot), ...linksOf(spot)].reverse()) open.push(stepsOf(plan))
  }
}
