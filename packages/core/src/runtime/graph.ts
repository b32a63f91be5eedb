import { before, endOf, linksOf, membersOf, positionAt, type Spot } from '../machine/outline.ts'
import { idAt } from '../model/message.ts'
import type { RunRecord } from '../model/run.ts'
import type { Backend } from '../ports/backend.ts'

/** A run as a picture in data: its nodes with their states, and who hands a value to whom. */
export interface RunGraph {
  readonly nodes: readonly RunNode[]
  readonly edges: readonly (readonly [from: string, to: string])[]
}

export interface RunNode {
  readonly id: string
  /** The task's name; null for a group. */
  readonly task: string | null
  readonly state: string
}

const PAGE = 1_000

/** Every node of a run, what replaced or joined it while it ran included. */
export async function graphOf(record: RunRecord, backend: Backend): Promise<RunGraph> {
  const spots = [...everyNode(endOf(record.shape))]
  for (const [under, shape] of record.grafts) {
    spots.push(...everyNode({ ...endOf(shape, `${under}.`), takes: null }))
  }
  const ids = spots.map((spot) => idAt(record.id, positionAt(spot)))
  const states: string[] = []
  for (let from = 0; from < ids.length; from += PAGE) {
    for (const standing of await backend.results.get(ids.slice(from, from + PAGE))) {
      states.push(
        standing.kind === 'ended'
          ? standing.verdict.state
          : standing.kind === 'underway'
            ? standing.state
            : 'UNKNOWN',
      )
    }
  }
  const nodes = spots.map((spot, i) => ({
    id: ids[i] as string,
    task: spot.step.op === 'call' ? spot.step.task : null,
    state: states[i] as string,
  }))
  const edges = spots.flatMap((spot, i) => {
    const from = before(spot)
    return from === null ? [] : [[idAt(record.id, positionAt(from)), ids[i] as string] as const]
  })
  return { nodes, edges }
}

/** All spots of a plan from its last step back, then into branches and links. */
function* everyNode(end: Spot): Generator<Spot> {
  const todo: Spot[] = [end]
  for (let plan = todo.pop(); plan !== undefined; plan = todo.pop()) {
    for (let index = 0; index < plan.plan.length; index++) {
      const spot: Spot = { ...plan, index, step: plan.plan[index] as Spot['step'] }
      yield spot
      for (const member of membersOf(spot)) todo.push(member)
      todo.push(...linksOf(spot))
    }
  }
}
