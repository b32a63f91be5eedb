import { randomUUID } from 'node:crypto'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { runScript } from './scripts.ts'
import type { Argument } from './wire.ts'

/** Characters sent in one go: some thousand items, so that no script keeps others waiting. */
const PORTION = 65_536
/** How long it is kept if nobody ever takes it up. */
const KEPT_MS = 3_600_000

/** A list, and where it will be. */
interface Staged {
  readonly key: string
  readonly items: Iterable<string>
  readonly length: number
}

/**
 * Where lists that are too long to travel with a script are put before, piece by piece, so that no script runs long. The
 * script takes them from there.
 */
export class Stage {
  readonly #keys: Keys
  #attempt: string | null = null // most stages stay empty
  readonly #lists: Staged[] = []

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** What the scripts look for there: how many lists, and of each its key and its length. */
  get told(): readonly Argument[] {
    return [this.#lists.length, ...this.#lists.flatMap(({ key, length }) => [key, length])]
  }

  get isEmpty(): boolean {
    return this.#lists.length === 0
  }

  /** The key under which a list of this length will be. */
  add(name: string, items: Iterable<string>, length: number): string {
    this.#attempt ??= randomUUID()
    const key = this.#keys.staged(this.#attempt, name)
    this.#lists.push({ key, items, length })
    return key
  }

  /**
   * Puts them there, one portion on its way while the next is packed. False if the server has forgotten some of it meanwhile, or
   * one portion overtook another: then another stage must be filled.
   */
  async fill(redis: Commands, script: 'stage' | 'stage-more'): Promise<boolean> {
    for (const { key, items } of this.#lists) {
      let count = 0
      let before = Promise.resolve(true)
      for (const portion of portionsOf(items)) {
        const asked = runScript(redis, script, this.#keys.prefix, [key, count, KEPT_MS, ...portion])
        const expected = count + portion.length
        const isThere = asked.then((there) => there === expected)
        isThere.catch(() => {}) // told where it is waited for, if nothing was wrong before
        if (!(await before)) return false
        before = isThere
        count = expected
      }
      if (!(await before)) return false
    }
    return true
  }
}

function* portionsOf(items: Iterable<string>): Generator<readonly string[]> {
  let portion: string[] = []
  let size = 0
  for (const item of items) {
    portion.push(item)
    size += item.length
    if (size < PORTION) continue
    yield portion
    portion = []
    size = 0
  }
  if (portion.length > 0) yield portion
}
