import { isAwaited, membersOf, positionAt, type Spot, widthOf } from '../../machine/outline.ts'
import { idAt } from '../../model/message.ts'
import type { Failed, Verdict } from '../../model/outcome.ts'
import type { Standing } from '../../ports/backend.ts'
import { isSkip } from './standing.ts'

/** A place in the list of a group, or of a group in it. */
interface Slot {
  readonly branch: Branch
  readonly index: number
}

/** A group whose members are being gathered, and its place in the group around it. */
interface Branch {
  readonly list: unknown[]
  readonly slot: Slot | null
  /** Whether it ends when its chord is closed, not before. */
  readonly isAwaited: boolean
  /** Members that have not ended, and the chord if it is not closed. */
  open: number
  isClosed: boolean
}

/** A member that has not ended: a call, or a group in the group. */
interface Member {
  readonly slot: Slot
  /** Its place among all members, however deep; a group comes after its members, since they know better why it failed. */
  order: number
  readonly branch: Branch | null
}

/** A member that failed, or a member of a member. */
interface Loss {
  readonly verdict: Failed
  readonly order: number
}

/** A group whose members are being enlisted. */
interface Nest {
  readonly members: Generator<Spot>
  readonly branch: Branch
  readonly member: Member | null
}

/** The values of a group's members, of groups in it too, as they come in; each is read once. */
export class Gathering {
  /** Values in their places; what failed is kept as an error. */
  readonly values: readonly unknown[]
  readonly #open: Map<string, Member> = new Map()
  readonly #whole: Branch
  readonly #worth: (verdict: Verdict) => unknown
  #loss: Loss | null = null
  /** By the places of the group's own members. */
  readonly #losses: Map<number, Loss> = new Map()
  #arrived: number[] = []
  /** Whether any of them has begun, as far as is known. */
  hasBegun = false

  /** `worth` makes what stands in the list for a member that ended so. */
  constructor(run: string, group: Spot, worth: (verdict: Verdict) => unknown) {
    this.#worth = worth
    this.#whole = { list: [], slot: null, isAwaited: false, open: 0, isClosed: false }
    this.values = this.#whole.list
    this.#enlist(run, group)
  }

  /** The members whose end is not known yet. */
  get open(): string[] {
    return [...this.#open.keys()]
  }

  /** How the first of the members ended, in order, that is known to have failed. */
  get lost(): Failed | null {
    return this.#loss?.verdict ?? null
  }

  /** The same of the member at a place, and of those in it. */
  lostAt(place: number): Failed | null {
    return this.#losses.get(place)?.verdict ?? null
  }

  /** The places of the group's own members that have ended since it was last asked, in the order of their ends. */
  takeArrived(): readonly number[] {
    const arrived = this.#arrived
    this.#arrived = []
    return arrived
  }

  get isDone(): boolean {
    return this.#whole.open === 0
  }

  awaits(id: string): boolean {
    return this.#open.has(id)
  }

  /** Takes in how a member stands. */
  see(id: string, standing: Standing): void {
    const member = this.#open.get(id)
    if (member === undefined) return
    const verdict = endOf(standing)
    if (verdict === null) return
    this.#open.delete(id)
    if (standing.kind !== 'over') this.hasBegun = true
    if ('failure' in verdict) this.#lose(member, verdict)
    if (member.branch === null || saysAll(id, standing, verdict, member.branch.isAwaited)) {
      this.#settle(member, this.#worth(verdict))
    } else if (member.branch.isAwaited) this.#close(member.branch)
  }

  /** All calls at the ends of the branches, in order, however deep groups nest. */
  #enlist(run: string, group: Spot): void {
    let order = 0
    const nesting: Nest[] = [{ members: membersOf(group), branch: this.#whole, member: null }]
    for (let top = nesting.at(-1); top !== undefined; top = nesting.at(-1)) {
      const { value: spot, done } = top.members.next()
      if (done) {
        if (top.member !== null) top.member.order = order++
        nesting.pop()
        continue
      }
      const { branch } = top
      const slot: Slot = { branch, index: branch.list.length }
      const inner = widthOf(spot) ? branchOf(spot, slot) : null // a group without members is a call
      branch.list.push(inner?.list ?? null)
      branch.open++
      const member: Member = { slot, order: order++, branch: inner }
      this.#open.set(idAt(run, positionAt(spot)), member)
      if (inner !== null) nesting.push({ members: membersOf(spot), branch: inner, member })
    }
  }

  #settle({ slot, branch }: Member, value: unknown): void {
    if (branch?.isClosed) return
    if (branch !== null) branch.isClosed = true
    slot.branch.list[slot.index] = value
    this.#arrive(slot)
    this.#close(slot.branch)
  }

  /** One thing less that a branch waits for; with the last it is closed, and the branch around it waits for one thing less. */
  #close(branch: Branch): void {
    for (let at: Branch | null = branch; at !== null; at = at.slot?.branch ?? null) {
      if (--at.open > 0 || at.isClosed) return
      at.isClosed = true
      if (at.slot !== null) this.#arrive(at.slot)
    }
  }

  #arrive({ branch, index }: Slot): void {
    if (branch === this.#whole) this.#arrived.push(index)
  }

  #lose({ slot, order }: Member, verdict: Failed): void {
    const place = placeOf(slot)
    const known = this.#losses.get(place)
    if (known === undefined || order < known.order) this.#losses.set(place, { verdict, order })
    if (this.#loss === null || order < this.#loss.order) this.#loss = { verdict, order }
  }
}

/** Which of the group's own members a slot belongs to. */
function placeOf(slot: Slot): number {
  let at = slot
  while (at.branch.slot !== null) at = at.branch.slot
  return at.index
}

function branchOf(group: Spot, slot: Slot): Branch {
  const awaited = isAwaited(group)
  return { list: [], slot, isAwaited: awaited, open: Number(awaited), isClosed: false }
}

/** Whether what is known of a group is all there is to know; else its members tell its list, or who failed. */
function saysAll(id: string, standing: Standing, verdict: Verdict, isAwaited: boolean): boolean {
  if (standing.kind !== 'ended') return false
  if (verdict.state === 'SUCCESS') return verdict.of !== 'members'
  return !isAwaited || isSkip(id, verdict) // without a chord, only members that were lost before they began fail it
}

function endOf(standing: Standing): Verdict | null {
  switch (standing.kind) {
    case 'ended':
    case 'halted':
      return standing.verdict
    case 'over':
      return { state: 'IGNORED' }
    case 'underway':
    case 'unknown':
      return null
  }
}
