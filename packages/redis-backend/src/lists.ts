import type { StoredItem } from '@arpeggio/core'
import type { Partition } from './partition.ts'

/** Items read at a time, for those who ask for one: who runs a step of a long plan will often run the next. */
const AHEAD = 32
/** Windows of so many lists are remembered. */
const MOST_WINDOWS = 256

interface Window {
  readonly from: number
  readonly items: readonly StoredItem[]
}

/** Reads stored lists. They never change, so what was read ahead stays true. */
export class Lists {
  /** By list, the one asked for last at the end. */
  readonly #windows: Map<string, Window> = new Map()

  async items(
    { redis, keys }: Partition,
    run: string,
    list: string,
    from: number,
    to: number,
  ): Promise<readonly StoredItem[]> {
    const key = keys.list(run, list)
    const known = this.#windows.get(key)
    if (known !== undefined && from >= known.from && to <= known.from + known.items.length) {
      return known.items.slice(from - known.from, to - known.from)
    }
    const end = to - from > 1 ? to : from + AHEAD
    const items: StoredItem[] = (await redis.patient.lrange(key, from, end - 1)).map((item) =>
      JSON.parse(item),
    )
    if (end > to && items.length > 1) this.#remember(key, { from, items })
    return items.slice(0, to - from)
  }

  #remember(key: string, window: Window): void {
    this.#windows.delete(key)
    this.#windows.set(key, window)
    if (this.#windows.size <= MOST_WINDOWS) return
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined) this.#windows.delete(oldest)
  }
}
