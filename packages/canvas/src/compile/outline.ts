import type { Bunch, Shape, ShapeStep } from '@arpeggio/core'

/** Writes the shape of one plan while it is compiled. Places are told as they are in the run, and kept as they are in the plan. */
export class Outline {
  /** The place its plan starts at. */
  readonly base: number
  readonly #steps: DraftStep[] = []

  constructor(base: number) {
    this.base = base
  }

  call(task: string, place: number): void {
    this.#steps.push({ op: 'call', task, at: place - this.base })
  }

  fork(place: number, hasErrbacks: boolean): Bunches {
    const bunches = new Bunches()
    const at = place - this.base
    this.#steps.push({ op: 'fork', at, members: bunches.list, ...(hasErrbacks && { guarded: true }) })
    return bunches
  }

  /** A link on the last step, that starts at a place and covers so many. */
  link(place: number, span: number, shape: Shape): void {
    const last = this.#steps.at(-1) as DraftStep
    last.link ??= []
    last.link.push({ at: place - this.base, count: 1, span, shape })
  }

  shape(): Shape {
    return this.#steps
  }
}

type DraftStep = ShapeStep & { link?: Bunch[] }

/** The members of a fork; equal neighbours are counted, not listed. */
export class Bunches {
  readonly list: Bunch[] = []

  add(at: number, span: number, shape: Shape): void {
    const last = this.list.at(-1)
    const joins =
      last !== undefined &&
      last.span === span &&
      at === last.at + last.count * span &&
      same(last.shape, shape)
    if (joins) this.list[this.list.length - 1] = { ...last, count: last.count + 1 }
    else this.list.push({ at, count: 1, span, shape })
  }
}

/** Whether two small shapes are alike; deep ones are simply kept apart. */
function same(a: Shape, b: Shape, depth = 0): boolean {
  if (a === b) return true
  if (a.length !== b.length || depth > 3 || a.length > 32) return false
  return a.every((step, i) => {
    const other = b[i] as ShapeStep
    if (step.op !== other.op || step.at !== other.at || !sameLinks(step, other, depth)) return false
    if (step.op === 'call') return step.task === (other as typeof step).task
    const { members, guarded } = other as typeof step
    return (
      step.guarded === guarded &&
      step.members.length === members.length &&
      step.members.every((bunch, j) => sameBunch(bunch, members[j] as Bunch, depth))
    )
  })
}

function sameBunch(a: Bunch, b: Bunch, depth: number): boolean {
  return a.at === b.at && a.count === b.count && a.span === b.span && same(a.shape, b.shape, depth + 1)
}

function sameLinks(a: ShapeStep, b: ShapeStep, depth: number): boolean {
  const left = a.link ?? []
  const right = b.link ?? []
  return left.length === right.length && left.every((bunch, i) => sameBunch(bunch, right[i] as Bunch, depth))
}
