import { isGood, isOver } from '../machine/policy.ts'
import type { Chord, Closed } from '../model/chord.ts'
import type { Seat } from '../model/message.ts'
import type { Failed, Verdict } from '../model/outcome.ts'

/** A chord and its seats. The first verdict in a seat stays; whoever closed it is told so until it is launched. */
export class MemoryChord {
  readonly record: Chord
  readonly #seats: Map<string, Verdict> = new Map()
  /** Of those who came after it had closed: they count if it failed and is opened again. */
  readonly #late: Map<string, Verdict> = new Map()
  readonly #added: Set<string> = new Set()
  #good = 0
  #closer: string | null = null
  #halt: Failed | null = null
  /** What was done when it was launched; null before. */
  launched: { readonly dismissed: Failed | null } | null = null
  /** It failed, and keeps its seats. */
  isKept = false

  constructor(record: Chord) {
    this.record = record
  }

  /** Whether it closed before it was halted: then it will end by what its members gave. */
  get stands(): boolean {
    return this.#closer !== null && this.#halt === null
  }

  /** What whoever closes it is told. */
  get closed(): Closed {
    const seats = Array.from(this.#seats, ([index, verdict]) => ({ index, verdict }))
    return { chord: this.record, seats, isFull: seats.length === this.#size, halt: this.#halt }
  }

  get #size(): number {
    return this.record.size + this.#added.size
  }

  /** One seat more, once for each place. */
  widen(seat: Seat): void {
    if (this.#closer === null) this.#added.add(seat.index)
  }

  /** Takes a seat; true for the one that closes the chord, each time it asks. What halts the chord later comes too late. */
  take(seat: Seat, verdict: Verdict, halt: Failed | null): boolean {
    if (this.launched !== null && !this.isKept) return false
    if (this.#closer !== null && !this.#seats.has(seat.index) && !this.#late.has(seat.index)) {
      this.#late.set(seat.index, verdict)
    }
    if (this.launched !== null) return false
    if (this.#closer === null) {
      if (!this.#seats.has(seat.index) && isGood(verdict)) this.#good++
      if (!this.#seats.has(seat.index)) this.#seats.set(seat.index, verdict)
      if (isOver(this.record.policy, this.#size, this.#good, this.#seats.size - this.#good)) {
        this.#closer = seat.index
        this.#halt = halt
      }
    }
    return this.#closer === seat.index
  }

  launch(dismissed: Failed | null): void {
    this.launched = { dismissed }
    if (this.isKept) return
    this.#seats.clear()
    this.#late.clear()
  }

  keep(): void {
    this.isKept = true
  }

  /** If somebody comes for a seat, it is open like all others. */
  goOn(): void {
    if (this.launched === null) this.isKept = false
  }

  /** Somebody comes again for a seat: one that holds a failure is free, and a chord that failed is open. False if it did not. */
  leave(index: string): boolean {
    if (!this.isKept) return false
    this.launched = null
    this.#closer = null
    this.#halt = null
    for (const [late, verdict] of this.#late) {
      this.#seats.set(late, verdict)
      if (isGood(verdict)) this.#good++
    }
    this.#late.clear()
    const verdict = this.#seats.get(index)
    if (verdict !== undefined && !isGood(verdict)) this.#seats.delete(index)
    return true
  }
}
