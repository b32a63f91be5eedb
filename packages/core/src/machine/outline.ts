import type { Bunch, Graft, Shape, ShapeStep } from '../model/shape.ts'

/** One node of a run, found in its outline: enough to name it and its neighbours. */
export interface Spot {
  readonly step: ShapeStep
  /** Where it stands: the part's prefix and first place, its plan, and which step of it this is. */
  readonly prefix: string
  readonly base: number
  readonly plan: Shape
  readonly index: number
  /** The fork whose branch the plan is, the step whose link it is, or the task it replaced; null at the top. */
  readonly outer: Spot | null
  readonly relation: 'top' | 'member' | 'link' | 'stead'
  /** The position whose id the plan's last step has taken over. */
  readonly takes: string | null
}

/** The last step of a whole outline: the node whose value is the value of the whole. */
export function endOf(shape: Shape, prefix = '', takes = ''): Spot {
  return spotAt({ prefix, base: 0, plan: shape, outer: null, relation: 'top', takes }, shape.length - 1)
}

/** The last step of what came while the run was under way; `host` is the task at the place it hangs below. */
function endOfGraft(under: string, { shape, takes }: Graft, host: Spot | null): Spot {
  const end = { ...endOf(shape, `${under}.`), takes }
  return takes === null || host === null ? end : { ...end, outer: host, relation: 'stead' }
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

/** The last step of the line that a spot stands in. */
export function endOfLine(spot: Spot): Spot {
  return spotAt(spot, spot.plan.length - 1)
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
  return [...next, ...linksOf(spot)]
}

/** The last step of each link. */
export function linksOf(spot: Spot): Spot[] {
  return (spot.step.link ?? []).map((bunch) => branchEnd(spot, bunch, 0, 'link'))
}

/** The steps of the plan that a spot stands in, in order. */
export function* stepsOf(spot: Spot): Generator<Spot> {
  for (let index = 0; index < spot.plan.length; index++) yield spotAt(spot, index)
}

/** Whether something comes behind a step. */
export function isFollowed({ index, plan }: Spot): boolean {
  return index < plan.length - 1
}

/** Whether something awaits the list of a fork: then it has a chord, and ends when that is closed. */
export function isAwaited(spot: Spot): boolean {
  for (let at = spot; ; at = at.outer as Spot) {
    if (isFollowed(at) || at.step.link !== undefined || (at.step.op === 'fork' && at.step.guarded))
      return true
    if (at.relation !== 'member') return at.prefix !== '' && at.relation !== 'link' // it took over an id, or a seat
  }
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
    for (let nth = 0; nth < bunch.count; nth++) yield branchEnd(spot, bunch, nth, 'member')
  }
}

function branchEnd(outer: Spot, bunch: Bunch, nth: number, relation: 'member' | 'link'): Spot {
  const plan = bunch.shape
  const index = plan.length - 1
  const base = outer.base + bunch.at + nth * bunch.span
  return {
    step: plan[index] as ShapeStep,
    prefix: outer.prefix,
    base,
    plan,
    index,
    outer,
    relation,
    takes: null,
  }
}

/** Finds the node that a position names, or null if the outline has none there. */
export function find(shape: Shape, grafts: Readonly<Record<string, Graft>>, position: string): Spot | null {
  if (position === '') return endOf(shape)
  const numbers = position.split('.')
  if (!numbers.every((number) => /^(0|[1-9]\d*)$/.test(number))) return null
  let found = descend(endOf(shape), Number(numbers[0]))
  for (let depth = 1; depth < numbers.length; depth++) {
    const under = numbers.slice(0, depth).join('.')
    const graft = grafts[under]
    found = graft === undefined ? null : descend(endOfGraft(under, graft, found), Number(numbers[depth]))
  }
  return found
}

/** The last step of each part that came while the run was under way, what others hang in before those. */
export function* endsOfGrafts(shape: Shape, grafts: Readonly<Record<string, Graft>>): Generator<Spot> {
  const ends = new Map([['', endOf(shape)]])
  const outermost = Object.entries(grafts).sort(([a], [b]) => a.length - b.length)
  for (const [under, graft] of outermost) {
    const dot = under.lastIndexOf('.')
    const around = ends.get(under.slice(0, Math.max(0, dot)))
    const host = around === undefined ? null : descend(around, Number(under.slice(dot + 1)))
    const end = endOfGraft(under, graft, host)
    ends.set(under, end)
    yield end
  }
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
    const inner = around(spot, spot.step.link ?? [], offset, 'link') ?? memberAround(spot, offset)
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
  return spot.step.op === 'call' ? null : around(spot, spot.step.members, offset, 'member')
}

/** The branch that covers a place, of those that hang on a step. */
function around(
  spot: Spot,
  bunches: readonly Bunch[],
  offset: number,
  relation: 'member' | 'link',
): Spot | null {
  for (const bunch of bunches) {
    const nth = Math.floor((offset - bunch.at) / bunch.span)
    if (nth >= 0 && nth < bunch.count) return branchEnd(spot, bunch, nth, relation)
  }
  return null
}
