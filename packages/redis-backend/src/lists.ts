import type { StoredItem } from '@arpeggio/core'
import { readItem, readJson } from './border.ts'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import type { Seal } from './seal.ts'

/** Items read at a time, for those who ask for one: who runs a step of a long plan will often run the next. */
const AHEAD = 32

interface Window {
  readonly from: number
  readonly items: readonly StoredItem[]
}

/** A run of which something is held here. */
interface HeldRun {
  count: number
  /** By list; null as long as there are none. */
  windows: Map<string, Window> | null
}

/**
 * Reads stored lists. What was read ahead of a run is true as long as this process holds a message of it: so long the run is
 * not over, and its id cannot be another run's.
 */
export class Lists {
  readonly #held: Map<string, HeldRun> = new Map()
  readonly #seal: Seal

  constructor(seal: Seal) {
    this.#seal = seal
  }

  /** One message more of this run is held here. */
  hold(run: string): void {
    const held = this.#held.get(run)
    if (held === undefined) this.#held.set(run, { count: 1, windows: null })
    else held.count++
  }

  /** One less. */
  letGo(run: string): void {
    const held = this.#held.get(run)
    if (held !== undefined && --held.count === 0) this.#held.delete(run)
  }

  async items(
    { redis, keys }: { readonly redis: Commands; readonly keys: Keys },
    run: string,
    list: string,
    from: number,
    to: number,
  ): Promise<readonly StoredItem[]> {
    const held = this.#held.get(run)
    const known = held?.windows?.get(list)
    if (known !== undefined && from >= known.from && to <= known.from + known.items.length) {
      return known.items.slice(from - known.from, to - known.from)
    }
    const end = to - from > 1 || held === undefined ? to : from + AHEAD
    const texts = await redis.patient.lrange(keys.list(run, list), from, end - 1)
    const items = texts.map((text, i) =>
      readItem(readJson(this.#seal.open(['item', run, list, String(from + i)], text))),
    )
    if (end > to && held !== undefined) {
      held.windows ??= new Map()
      held.windows.set(list, { from, items })
    }
    return items.slice(0, to - from)
  }
}
