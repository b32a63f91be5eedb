import { Halts } from '../machine/halts.ts'
import { endOfRest } from '../machine/machine.ts'
import { isGood } from '../machine/policy.ts'
import type { Chord } from '../model/chord.ts'
import type { Json } from '../model/json.ts'
import { type CallMessage, letterId, type Message, positionOf, type Seat } from '../model/message.ts'
import type { Failed, Verdict } from '../model/outcome.ts'
import type { Lists, Span } from '../model/plan.ts'
import type { Launch, RunRecord } from '../model/run.ts'
import type { Graft } from '../model/shape.ts'
import type { Change, Standing } from '../ports/backend.ts'
import { Audience } from './audience.ts'
import type { MemoryChord } from './chord.ts'

/** One run as the memory backend remembers it. */
export class MemoryRun {
  readonly launch: Launch
  readonly chords: Map<string, MemoryChord> = new Map()
  lists: Record<string, Lists[string]>
  readonly grafts: Record<string, Graft> = {}
  readonly audience: Audience = new Audience()
  /** Messages that are queued, delayed or leased. The run is over when there are none. */
  live = 0
  /** Until when it is remembered; null before it is over. */
  until: number | null = null
  /** Nothing of it shall be kept once it is over. */
  isForgotten = false
  #total: number
  #done = 0
  #failed = 0
  readonly #verdicts: Map<string, Verdict> = new Map()
  readonly #notes: Map<string, { state: string; meta: Json }> = new Map()
  #halts: Halts = new Halts()
  readonly #kept: Map<string, Message> = new Map()
  readonly #asides: Set<string> = new Set()
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
    if (this.#kept.size === 0) this.lists = {}
    for (const [id, { isKept }] of this.chords) if (!isKept) this.chords.delete(id)
    this.tell(null)
  }

  /** What failed for good stays, as it was first. A chord keeps its seats. */
  keep(failed: Message | Chord): void {
    if ('kind' in failed) {
      const name = letterId(failed)
      if (!this.#kept.has(name)) this.#kept.set(name, failed)
    } else this.chords.get(failed.id)?.keep()
  }

  /** What an errback leaves behind does not count when it is called again. */
  noteAside(id: string): void {
    this.#asides.add(id)
  }

  /**
   * It goes on from what failed: chords are open again, with the seats of those that ended well; what failed, and what
   * was skipped because of it, has no verdict any more. Gives the messages to be sent.
   */
  reopen(): { readonly messages: readonly Message[]; readonly calls: number } {
    const messages = [...this.#kept.values()]
    this.#kept.clear()
    this.#halts = new Halts()
    this.#anyDismissed = false
    for (const id of this.#asides) {
      this.#drop(id)
      delete this.grafts[positionOf(id)]
    }
    this.#asides.clear()
    const calls = messages.reduce((sum, message) => sum + this.#undo(message), 0)
    for (const chord of this.chords.values()) chord.goOn()
    return { messages, calls }
  }

  /** Its end, and what followed from it, outwards as far as chords failed. Gives how many calls that were. */
  #undo(message: Message): number {
    if (message.kind === 'call') {
      this.#leave(message.seat)
      if (!this.#verdicts.has(message.id)) this.#done-- // it is no task of the run, but will count as one
      if (!this.#dropFailures(message)) return 0
      this.#done--
      this.#failed--
      return 1
    }
    const { id, awaited, branches } = message
    if (!awaited) this.#dropFailure(id)
    for (let at = branches.from; awaited && at < branches.to; at++)
      this.#leave({ chord: id, index: String(at) })
    return branches.to - branches.from
  }

  #leave(from: Seat | null): void {
    for (let seat = from; seat !== null; ) {
      const chord = this.chords.get(seat.chord)
      if (chord === undefined || !chord.leave(seat.index)) return
      this.#dropFailures(chord.record)
      seat = chord.record.seat
    }
  }

  /** The first tells whether a failure was kept for it. */
  #dropFailures(node: CallMessage | Chord): boolean {
    const end = endOfRest(node)
    if (end !== null) this.#dropFailure(end)
    return this.#dropFailure(node.id)
  }

  #dropFailure(id: string): boolean {
    const verdict = this.#verdicts.get(id)
    if (verdict === undefined || isGood(verdict)) return false
    this.#drop(id)
    return true
  }

  #drop(id: string): void {
    this.#verdicts.delete(id)
    this.#notes.delete(id)
  }

  /** Keeps a verdict unless there is one; tells whether it was the first. */
  store(id: string, verdict: Verdict, counts: boolean): boolean {
    if (this.#verdicts.has(id)) return false
    this.#verdicts.set(id, verdict)
    if (this.#notes.size > 0) this.#notes.delete(id)
    if (counts) this.#done++
    if (counts && !isGood(verdict)) this.#failed++
    const change = { id, state: verdict.state, meta: null }
    this.tell(this.isForgotten ? change : { ...change, verdict })
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
