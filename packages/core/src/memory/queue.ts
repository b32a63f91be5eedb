import type { Message } from '../model/message.ts'

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
  readonly #lanes: Lane[] = Array.from({ length: PRIORITIES }, () => new Lane())
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

  #lane(entry: Entry): Lane {
    return this.#lanes[entry.priority] as Lane
  }
}

/** First in, first out, in constant time: an array whose taken head is cut off now and then. */
class Lane {
  #entries: (Entry | undefined)[] = []
  #head = 0

  push(entry: Entry): void {
    this.#entries.push(entry)
  }

  unshift(entry: Entry): void {
    if (this.#head > 0) this.#entries[--this.#head] = entry
    else this.#entries.unshift(entry)
  }

  shift(): Entry | undefined {
    if (this.#head === this.#entries.length) return undefined
    const entry = this.#entries[this.#head]
    this.#entries[this.#head++] = undefined
    if (this.#head === this.#entries.length) {
      this.#entries = []
      this.#head = 0
    } else if (this.#head > 1_024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return entry
  }
}
