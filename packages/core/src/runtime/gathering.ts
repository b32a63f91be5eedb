import { membersOf, positionAt, type Spot, widthOf } from '../machine/outline.ts'
import { idAt } from '../model/message.ts'
import type { Failed, Verdict } from '../model/outcome.ts'
import type { Standing } from '../ports/backend.ts'
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
  open: number
  closed: boolean
}

/** A member that has not ended: a call, or a group in the group. */
interface Member {
  readonly slot: Slot
  /** Its place among all members, however deep. */
  readonly order: number
  readonly branch: Branch | null
}

/** The values of a group's members, of groups in it too, as they come in; each is read once. */
export class Gathering {
  /** Values in their places; what failed is kept as an error. */
  readonly values: readonly unknown[]
  readonly #open: Map<string, Member> = new Map()
  readonly #whole: Branch
  readonly #errorOf: (verdict: Failed) => unknown
  /** How the first of the members ended, in order, that is known to have failed. */
  lost: Failed | null = null
  #lostOrder = 0
  /** Whether any of them has begun, as far as is known. */
  hasBegun = false

  /** `errorOf` makes what stands in the list for a member that failed. */
  constructor(run: string, group: Spot, errorOf: (verdict: Failed) => unknown) {
    this.#errorOf = errorOf
    this.#whole = { list: [], slot: null, open: 0, closed: false }
    this.values = this.#whole.list
    this.#enlist(run, group)
  }

  /** The members whose end is not known yet. */
  get open(): string[] {
    return [...this.#open.keys()]
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
    if (verdict === null || (member.branch !== null && !saysAll(id, standing, verdict))) return
    this.#open.delete(id)
    if (standing.kind !== 'over') this.hasBegun = true
    if ('failure' in verdict && (this.lost === null || member.order < this.#lostOrder)) {
      this.lost = verdict
      this.#lostOrder = member.order
    }
    this.#settle(member, worthOf(verdict, this.#errorOf))
  }

  /** All calls at the ends of the branches, in order, however deep groups nest. */
  #enlist(run: string, group: Spot): void {
    let order = 0
    const nesting = [{ members: membersOf(group), branch: this.#whole }]
    for (let top = nesting.at(-1); top !== undefined; top = nesting.at(-1)) {
      const { value: spot, done } = top.members.next()
      if (done) {
        nesting.pop()
        continue
      }
      const { branch } = top
      const slot: Slot = { branch, index: branch.list.length }
      const isCall = !widthOf(spot) // as a group without members is
      const inner: Branch | null = isCall ? null : { list: [], slot, open: 0, closed: false }
      branch.list.push(inner?.list ?? null)
      branch.open++
      this.#open.set(idAt(run, positionAt(spot)), { slot, order: order++, branch: inner })
      if (inner !== null) nesting.push({ members: membersOf(spot), branch: inner })
    }
  }

  #settle({ slot, branch }: Member, value: unknown): void {
    if (branch?.closed) return
    if (branch !== null) branch.closed = true
    slot.branch.list[slot.index] = value
    for (let up: Branch | null = slot.branch; up !== null; up = up.slot?.branch ?? null) {
      if (--up.open > 0 || up.closed) return
      up.closed = true
    }
  }
}

/** Whether what is known of a group in a group is all there is to know: else its members tell. */
function saysAll(id: string, standing: Standing, verdict: Verdict): boolean {
  if (standing.kind !== 'ended') return false
  return verdict.state === 'SUCCESS' ? verdict.of !== 'members' : isSkip(id, verdict)
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

/** What a verdict is worth to who asks for the value. */
export function worthOf<E>(verdict: Verdict, errorOf: (verdict: Failed) => E): unknown {
  switch (verdict.state) {
    case 'SUCCESS':
      return verdict.value
    case 'IGNORED':
      return null
    case 'FAILURE':
    case 'REVOKED':
      return errorOf(verdict)
  }
}
