import {
  before,
  endOf,
  endsOfGrafts,
  linksOf,
  membersOf,
  positionAt,
  type Spot,
  stepsOf,
} from '../../machine/outline.ts'
import { idAt, runOf } from '../../model/message.ts'
import type { RunRecord } from '../../model/run.ts'
import type { Backend } from '../../ports/backend.ts'
import { Gathering } from './gathering.ts'
import { statusByMembers, statusOfItself } from './group-status.ts'
import { type Known, readKnown, type Status, stateOf, statusOfCall } from './standing.ts'

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
  const { id: run, shape, grafts } = record
  const idOf = (spot: Spot): string => idAt(run, positionAt(spot))
  const spots = [...everyNode(endOf(shape))]
  for (const end of endsOfGrafts(shape, grafts)) for (const spot of everyNode(end)) spots.push(spot)
  const known = await readKnown(backend, spots.map(idOf))
  const nodes = new Map<string, RunNode>()
  const edges: [string, string][] = []
  for (const spot of spots) {
    const id = idOf(spot)
    const from = before(spot)
    const isCall = spot.step.op === 'call'
    const status = isCall ? statusOfCall(id, spot, known) : statusOfGroup(id, spot, known)
    nodes.set(id, { id, task: spot.step.op === 'call' ? spot.step.task : null, state: stateOf(status) })
    if (from !== null) edges.push([idOf(from), id])
    for (const member of membersOf(spot)) edges.push([idOf(member), id])
  }
  return { nodes: [...nodes.values()], edges }
}

function statusOfGroup(id: string, spot: Spot, known: Known): Status {
  const told = statusOfItself(id, spot, known)
  if (told !== null) return told
  const members = new Gathering(runOf(id), spot, () => null)
  for (const member of members.open) members.see(member, known(member))
  return statusByMembers(known(id), spot, members)
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
