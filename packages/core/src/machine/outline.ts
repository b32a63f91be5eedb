import type { Bunch, Shape, ShapeStep } from '../model/shape.ts'

/** One node of a run, found in its outline: enough to name it and its neighbours. */
export interface Spot {
  readonly step: ShapeStep
  /** Where it stands: the part's prefix and first place, its plan, and which step of it this is. */
  readonly prefix: string
  readonly base: number
  readonly plan: Shape
  readonly index: number
  /** The fork whose branch the plan is, or the step whose link it is; null at the top. */
  readonly outer: Spot | null
  readonly relation: 'top' | 'member' | 'link'
  /** The position whose id the plan's last step has taken over. */
  readonly takes: string | null
}

/** The last step of a whole outline: the node whose value is the value of the whole. */
export function endOf(shape: Shape, prefix = '', takes = ''): Spot {
  return spotAt({ prefix, base: 0, plan: shape, outer: null, relation: 'top', takes }, shape.length - 1)
}

function spotAt(plan: Omit<Spot, 'step' | 'index'>, index: number): Spot {
  return { ...plan, index, step: plan.plan[index] as ShapeStep }
}

/** The position that names a spot's id. */
export function positionAt(spot: Spot): string {
  const last = spot.index === spot.plan.length - 1
  return last && spot.takes !== null ? spot.takes : placeAt(spot)
}

/** The place of a spot. */
export function placeAt(spot: Spot): string {
  return `${spot.prefix}${spot.base + spot.step.at}`
}

/** The node whose value this one takes: the step before, or what came before the fork or the linked step it hangs on. */
export function before(spot: Spot): Spot | null {
  let at: Spot = spot
  while (at.index === 0) {
    if (at.outer === null) return null
    if (at.relation === 'link') return at.outer
    at = at.outer
  }
  return spotAt(at, at.index - 1)
}

/** The nodes its value goes to: the step after, and the last step of each link. */
export function following(spot: Spot): Spot[] {
  const next = spot.index + 1 < spot.plan.length ? [spotAt(spot, spot.index + 1)] : []
  const links = (spot.step.link ?? []).map((plan) =>
    spotAt({ ...spot, plan, outer: spot, relation: 'link', takes: null }, plan.length - 1),
  )
  return [...next, ...links]
}

/** How many branches a fork was drawn with; null for a call. */
export function widthOf(spot: Spot): number | null {
  if (spot.step.op === 'call') return null
  return spot.step.members.reduce((sum, { count }) => sum + count, 0)
}

/** The last step of each branch of a fork, in order: the nodes whose values are its list. */
export function* membersOf(spot: Spot): Generator<Spot> {
  if (spot.step.op === 'call') return
  for (const bunch of spot.step.members) {
    for (let nth = 0; nth < bunch.count; nth++) yield branchEnd(spot, bunch, nth)
  }
}

function branchEnd(outer: Spot, bunch: Bunch, nth: number): Spot {
  const { prefix, base } = outer
  const start = base + bunch.at + nth * bunch.span
  const plan = { prefix, base: start, plan: bunch.shape, outer, relation: 'member' as const, takes: null }
  return spotAt(plan, bunch.shape.length - 1)
}

/** Finds the node that a position names, or null if the outline has none there. */
export function find(shape: Shape, grafts: ReadonlyMap<string, Shape>, position: string): Spot | null {
  if (position === '') return endOf(shape)
  const lead = position.lastIndexOf('.')
  if (lead < 0) return descend(endOf(shape), Number(position))
  const under = position.slice(0, lead)
  const graft = grafts.get(under)
  if (graft === undefined) return null
  return descend({ ...endOf(graft, `${under}.`), takes: null }, Number(position.slice(lead + 1)))
}

/** From any step of the outermost plan down to the step at a place. */
function descend(start: Spot, place: number): Spot | null {
  let plan = start
  for (;;) {
    const index = lastAtOrBefore(plan.plan, place - plan.base)
    if (index < 0) return null
    const spot = spotAt(plan, index)
    const offset = place - plan.base
    if (spot.step.at === offset) return spot
    const inner = linkAround(spot, offset) ?? memberAround(spot, offset)
    if (inner === null) return null
    plan = inner
  }
}

function lastAtOrBefore(plan: Shape, offset: number): number {
  let low = 0
  let high = plan.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if ((plan[middle]?.at ?? 0) <= offset) low = middle + 1
    else high = middle - 1
  }
  return high
}

function memberAround(spot: Spot, offset: number): Spot | null {
  if (spot.step.op === 'call') return null
  for (const bunch of spot.step.members) {
    const nth = Math.floor((offset - bunch.at) / bunch.span)
    if (nth >= 0 && nth < bunch.count) return branchEnd(spot, bunch, nth)
  }
  return null
}

function linkAround(spot: Spot, offset: number): Spot | null {
  for (const plan of spot.step.link ?? []) {
    const first = plan[0]?.at ?? 0
    const inside = { ...spot, plan, outer: spot, relation: 'link' as const, takes: null }
    if (offset >= first && offset < first + spanOf(plan)) return spotAt(inside, plan.length - 1)
  }
  return null
}

/** How many places a plan of an outline covers, from its first step on. */
function spanOf(plan: Shape): number {
  let end = 0
  let todo: { step: ShapeStep | undefined; base: number }[] = [{ step: plan.at(-1), base: 0 }]
  while (todo.length > 0) {
    const next: typeof todo = []
    for (const { step, base } of todo) {
      if (step === undefined) continue
      end = Math.max(end, base + step.at + 1)
      for (const link of step.link ?? []) next.push({ step: link.at(-1), base })
      const bunch = step.op === 'fork' ? step.members.at(-1) : undefined
      if (bunch) end = Math.max(end, base + bunch.at + bunch.count * bunch.span)
    }
    todo = next
  }
  return end - (plan[0]?.at ?? 0)
}
