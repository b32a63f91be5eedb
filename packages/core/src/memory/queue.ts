import type { Message } from '../model/message.ts'
import { Fifo } from './fifo.ts'

/** One message in a queue, and the lease on it while somebody has it. */
export interface Entry {
  readonly message: Message
  readonly queue: string
  readonly priority: number
  count: number
  /** The lease: whose, and until when. Null while it waits. */
  lease: { readonly token: string; until: number } | null
}

const PRIORITIES = 10

/** Messages that are due: the lowest priority number first, first come first served inside a priority. */
export class Line {
  readonly #lanes: Fifo<Entry>[] = Array.from({ length: PRIORITIES }, () => new Fifo())
  #waiting = 0

  get waiting(): number {
    return this.#waiting
  }

  push(entry: Entry): void {
    this.#lane(entry).push(entry)
    this.#waiting++
  }

  /** Puts an entry back where it would be next. */
  unshift(entry: Entry): void {
    this.#lane(entry).unshift(entry)
    this.#waiting++
  }

  shift(): Entry | undefined {
    for (const lane of this.#lanes) {
      const entry = lane.shift()
      if (entry === undefined) continue
      this.#waiting--
      return entry
    }
    return undefined
  }

  #lane(entry: Entry): Fifo<Entry> {
    return this.#lanes[entry.priority] as Fifo<Entry>
  }
}
