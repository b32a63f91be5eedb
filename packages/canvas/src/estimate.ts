import {
  type Compiled,
  LIMITS,
  type Listed,
  type Plan,
  type Step,
  type StoredItem,
  WHOLE,
} from '@arpeggio/core'
import { type AnySignature, nodesOf } from './signature.ts'

/** What a canvas will cost if nothing fails and nothing is replaced. */
export interface Estimate {
  /** Messages published: one a task, and one for every further chunk of a wide fork. */
  readonly messages: number
  /** Chord records opened. */
  readonly chords: number
  /** About how many bytes of plan and arguments are sent, values handed on not counted. */
  readonly bytes: number
}

/** What sending a canvas will cost, counted before it is sent. */
export function estimate(signature: AnySignature): Estimate {
  nodesOf([signature], 'estimate')
  return count(signature.toPlan(WHOLE))
}

/** A plan to be counted, and whether something awaits its end. */
interface Open {
  readonly plan: Plan
  readonly awaited: boolean
}

function count({ plan, lists }: Compiled): Estimate {
  let messages = 0
  let chords = 0
  let bytes = 0
  const todo: Open[] = [{ plan, awaited: false }]
  const stored = ({ list, from, to }: Listed): readonly StoredItem[] => lists[list]?.slice(from, to) ?? []
  for (let open = todo.pop(); open !== undefined; open = todo.pop()) {
    const steps = open.plan.flatMap((item) =>
      item.op === 'stored' ? (stored(item) as readonly Step[]) : [item],
    )
    for (const [i, step] of steps.entries()) {
      for (const link of step.link) todo.push({ plan: link, awaited: false })
      if (step.op === 'call') {
        messages++
        bytes += JSON.stringify({ ...step, link: [], errback: [] }).length
        continue
      }
      const waits = open.awaited || i < steps.length - 1 || step.link.length > 0 || step.errback.length > 0
      if (waits) chords++
      messages += Math.ceil(step.size / LIMITS.branchesPerCommit) - 1
      const branches = 'op' in step.branches ? (stored(step.branches) as readonly Plan[]) : step.branches
      for (const branch of branches) todo.push({ plan: branch, awaited: waits })
    }
  }
  return { messages, chords, bytes }
}
