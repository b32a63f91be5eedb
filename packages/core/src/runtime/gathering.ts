import { membersOf, positionAt, type Spot } from '../machine/outline.ts'
import { idAt } from '../model/message.ts'

/** A call whose value is an item of a group's list, however deep groups nest. */
export interface Leaf {
  readonly id: string
  readonly list: unknown[]
  readonly index: number
}

/** The calls at the ends of a group's branches, in order; `list` grows the nested lists their values belong in. */
export function* leavesOf(run: string, group: Spot, list: unknown[]): Generator<Leaf> {
  const open = [{ members: membersOf(group), list, index: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { value: spot, done } = top.members.next()
    if (done) {
      open.pop()
      continue
    }
    const index = top.index++
    if (spot.step.op === 'call') {
      top.list[index] = null
      yield { id: idAt(run, positionAt(spot)), list: top.list, index }
    } else {
      const inner: unknown[] = []
      top.list[index] = inner
      open.push({ members: membersOf(spot), list: inner, index: 0 })
    }
  }
}

/** Why a member has no value. */
export class MemberFailure {
  readonly error: Error
  constructor(error: Error) {
    this.error = error
  }
}

/** Ids asked for in one read. */
export const PAGE = 1_000

/** Collects the values of a group's members while they come in, each read once. */
export class Gathering {
  readonly #values: unknown[] = []
  readonly #open: Map<string, Leaf> = new Map()
  readonly #stopAtFailure: boolean
  readonly #read: (ids: readonly string[]) => Promise<readonly unknown[]>

  /** `read` gives the value or the failure of each that has ended, undefined for the others. */
  constructor(
    run: string,
    group: Spot,
    stopAtFailure: boolean,
    read: (ids: readonly string[]) => Promise<readonly unknown[]>,
  ) {
    this.#stopAtFailure = stopAtFailure
    this.#read = read
    for (const leaf of leavesOf(run, group, this.#values)) this.#open.set(leaf.id, leaf)
  }

  awaits(id: string): boolean {
    return this.#open.has(id)
  }

  /** Looks at these members, or at all that are still open. All values, the first failure, or null if there is more to come. */
  async look(ids: readonly string[] = [...this.#open.keys()]): Promise<{ value: unknown } | null> {
    for (let from = 0; from < ids.length; from += PAGE) {
      const page = ids.slice(from, from + PAGE)
      for (const [i, value] of (await this.#read(page)).entries()) {
        if (value === undefined) continue
        if (value instanceof MemberFailure && this.#stopAtFailure) return { value }
        this.#keep(page[i] as string, value)
      }
    }
    return this.#open.size === 0 ? { value: this.#values } : null
  }

  #keep(id: string, value: unknown): void {
    const leaf = this.#open.get(id)
    if (leaf === undefined) return
    leaf.list[leaf.index] = value instanceof MemberFailure ? value.error : value
    this.#open.delete(id)
  }
}
