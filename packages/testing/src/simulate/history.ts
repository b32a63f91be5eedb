import { isDeepStrictEqual } from 'node:util'
import type { Chord, Delivery, Json, Message, Wish } from '@arpeggio/core'
import type { Ran } from '../record.ts'

/** A line of what happened in a world. */
export interface Happened {
  /** Since the world began. */
  readonly ms: number
  readonly who: string
  readonly what: string
  /** Whether it is what went wrong. */
  readonly isFault: boolean
}

/** What happened in a world. */
export class History {
  readonly lines: Happened[] = []
  /** Every attempt that was begun, in order. */
  readonly ran: Ran[] = []
  /** Every run that was sent: first the one that is tried out, then those that its tasks sent. */
  readonly runs: Set<string> = new Set()
  /** Every message that came to a worker, deliveries of the same one counted once. */
  readonly #delivered: Set<Message> = new Set()
  /** The nodes whose messages were sent once more on purpose: each of them is then retried for itself. */
  readonly #copies: Set<string> = new Set()
  readonly #chords: Map<string, Chord> = new Map()
  /** What was put into the seats of each chord first. */
  readonly #seats: Map<string, Map<string, Json>> = new Map()

  received(deliveries: readonly Delivery[]): void {
    for (const { message } of deliveries) this.#delivered.add(message)
  }

  copied(messages: readonly Message[]): void {
    for (const message of messages) this.#copies.add(message.id)
  }

  /** A message, as people may know it: its task, its place in the drawing, and which run it is of, if that is another one. */
  nameOf(message: Message): string {
    const nth = [...this.runs].indexOf(message.run) + 1
    const what = `${message.kind === 'call' ? message.task : 'a fork'} #${message.at}`
    return nth > 1 ? `${what} of run ${nth}` : what
  }

  granted(wishes: readonly Wish[]): void {
    for (const wish of wishes) {
      if (wish.do === 'open') this.#chords.set(wish.chord.id, wish.chord)
      if (wish.do !== 'join' || (wish.verdict.state !== 'SUCCESS' && wish.verdict.state !== 'IGNORED'))
        continue
      const seats = this.#seats.get(wish.seat.chord) ?? new Map<string, Json>()
      this.#seats.set(wish.seat.chord, seats)
      if (!seats.has(wish.seat.index)) {
        seats.set(wish.seat.index, 'value' in wish.verdict ? wish.verdict.value : null)
      }
    }
  }

  /** All that was sent of the run that is tried out, each named once, in one order. */
  get sent(): readonly string[] {
    const [first] = this.runs
    const messages = [...this.#delivered].filter(({ run }) => run === first)
    return [...new Set(messages.map(publishingOf))].sort()
  }

  /** What was sent more than once, though nobody meant to. */
  get sentTwice(): readonly string[] {
    const messages = [...this.#delivered]
    const names = messages.map(publishingOf)
    return messages.flatMap((message, nth) => {
      const name = publishingOf(message)
      return names.indexOf(name) === nth || this.#copies.has(message.id) ? [] : [this.nameOf(message)]
    })
  }

  /** What was given a list that is not that of the seats, one after the other. */
  get outOfOrder(): readonly string[] {
    return [...this.#delivered].flatMap((message) => {
      const chord = message.parent === null ? undefined : this.#chords.get(message.parent)
      if (chord === undefined || (chord.policy !== 'all' && chord.policy !== 'failFast')) return []
      const [list] = message.kind === 'call' && !message.aside ? message.args : []
      const seats = this.#seats.get(chord.id)
      if (!Array.isArray(list) || seats === undefined) return []
      const drawn = Array.from({ length: chord.size }, (_, index) => seats.get(String(index)))
      const isAsDrawn = isDeepStrictEqual(list.slice(0, chord.size), drawn)
      return isAsDrawn ? [] : [`${this.nameOf(message)} was given ${JSON.stringify(list)}`]
    })
  }
}

/**
 * What tells one publishing from another: the node, its place, as what replaces a task takes over its id, and which attempt or
 * which part of a wide fork it is.
 */
function publishingOf(message: Message): string {
  return message.kind === 'call'
    ? `${message.task} (${message.id} at ${message.at}), attempt ${message.retries + 1}`
    : `a fork (${message.id}), from ${message.branches.from}`
}
