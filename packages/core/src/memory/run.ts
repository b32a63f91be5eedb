import { Halts } from '../machine/halts.ts'
import { isGood, isOver } from '../machine/policy.ts'
import type { Chord, Closed } from '../model/chord.ts'
import type { Json } from '../model/json.ts'
import { type Message, positionOf, type Seat } from '../model/message.ts'
import type { Failed, Verdict } from '../model/outcome.ts'
import type { Lists, Span } from '../model/plan.ts'
import type { Launch, RunRecord } from '../model/run.ts'
import type { Graft } from '../model/shape.ts'
import type { Change, Standing } from '../ports/backend.ts'
import { Audience } from './audience.ts'

/** One run as the memory backend remembers it. */
export class MemoryRun {
  readonly launch: Launch
  readonly chords: Map<string, MemoryChord> = new Map()
  lists: Record<string, Lists[string]>
  readonly grafts: Record<string, Graft> = {}
  readonly audience: Audience = new Audience()
  /** Messages that are queued, delayed or leased. The run is over when there are none. */
  live = 0
  /** Nothing of it shall be kept once it is over. */
  isForgotten = false
  #total: number
  #done = 0
  #failed = 0
  readonly #verdicts: Map<string, Verdict> = new Map()
  readonly #notes: Map<string, { state: string; meta: Json }> = new Map()
  readonly #halts: Halts = new Halts()
  #anyDismissed = false

  constructor(launch: Launch) {
    this.launch = { ...launch, lists: {} }
    this.lists = { ...launch.lists }
    this.#total = launch.calls
  }

  get record(): RunRecord {
    const { id, root, parent, shape } = this.launch
    const over = this.live === 0 // then what could not run has come to its end as well
    const progress = { total: this.#total, done: over ? this.#total : this.#done, failed: this.#failed, over }
    return { id, root, parent, shape, grafts: this.grafts, progress }
  }

  /** Parts that came while it ran. */
  graft(at: string, graft: Graft, lists: Lists, calls: number): void {
    this.grafts[at] = graft
    Object.assign(this.lists, lists)
    this.#total += calls
  }

  /** Nothing is left to do: only results are kept. */
  finish(): void {
    this.lists = {}
    this.chords.clear()
    this.tell(null)
  }

  /** Keeps a verdict unless there is one; tells whether it was the first. */
  store(id: string, verdict: Verdict, counts: boolean): boolean {
    if (this.#verdicts.has(id)) return false
    this.#verdicts.set(id, verdict)
    if (this.#notes.size > 0) this.#notes.delete(id)
    if (counts) this.#done++
    if (counts && !isGood(verdict)) this.#failed++
    this.tell({ id, state: verdict.state, meta: null })
    return true
  }

  note(id: string, state: string, meta: Json): void {
    if (this.#verdicts.has(id)) return
    this.#notes.set(id, { state, meta })
    this.tell({ id, state, meta })
  }

  halt(span: Span, verdict: Failed): void {
    this.#halts.add(span, verdict)
  }

  /** A chord is done with; who sits in it still ends as dismissed, if it closed too early for them. */
  launchChord(chord: string, dismissed: Failed | null): void {
    this.chords.get(chord)?.launch(dismissed)
    if (dismissed !== null) this.#anyDismissed = true
  }

  /** How a message or a chord was halted: its place was, which does not matter to errbacks, or the chord it sits in has dismissed it. */
  halted({ aside, at, seat }: Message | Chord): Failed | null {
    return (aside ? null : this.#halts.at(at)) ?? (this.#anyDismissed ? this.#dismissed(seat) : null)
  }

  /** A chord that is not over yet may sit in one that is. */
  #dismissed(seat: Seat | null): Failed | null {
    for (let at = seat; at !== null; ) {
      const chord = this.chords.get(at.chord)
      if (chord === undefined || chord.launched !== null) return chord?.launched?.dismissed ?? null
      at = chord.record.seat
    }
    return null
  }

  kept(id: string): Verdict | null {
    return this.#verdicts.get(id) ?? null
  }

  standing(id: string): Standing {
    const verdict = this.#verdicts.get(id)
    if (verdict) return { kind: 'ended', verdict }
    const position = positionOf(id)
    const halt = this.#halts.of(position)
    if (halt && !this.chords.get(id)?.stands) return { kind: 'halted', verdict: halt }
    if (!this.#has(position)) return { kind: 'unknown' }
    if (this.live === 0) return { kind: 'over' }
    return { kind: 'underway', ...(this.#notes.get(id) ?? { state: 'PENDING', meta: null }) }
  }

  /** Whether the run has, or may have, a node at this position. */
  #has(position: string): boolean {
    if (position === '') return true
    const lead = position.lastIndexOf('.')
    if (!/^\d+$/.test(position.slice(lead + 1))) return false
    return lead < 0
      ? Number(position) < this.launch.span
      : Object.hasOwn(this.grafts, position.slice(0, lead))
  }

  tell(change: Change | null): void {
    this.audience.tell(change)
  }
}

/** A chord and its seats. The first verdict in a seat stays; whoever closed it is told so until it is launched. */
export class MemoryChord {
  readonly record: Chord
  readonly #seats: Map<string, Verdict> = new Map()
  readonly #added: Set<string> = new Set()
  #good = 0
  #closer: string | null = null
  #halt: Failed | null = null
  /** What was done when it was launched; null before. */
  launched: { readonly dismissed: Failed | null } | null = null

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
    if (this.launched !== null) return false
    if (this.#closer === null && !this.#seats.has(seat.index)) {
      this.#seats.set(seat.index, verdict)
      if (isGood(verdict)) this.#good++
      if (isOver(this.record.policy, this.#size, this.#good, this.#seats.size - this.#good)) {
        this.#closer = seat.index
        this.#halt = halt
      }
    }
    return this.#closer === seat.index
  }

  launch(dismissed: Failed | null): void {
    this.launched = { dismissed }
    this.#seats.clear()
  }
}
