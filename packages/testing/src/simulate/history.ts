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
  /** Every run that was sent. */
  readonly runs: Set<string> = new Set()
  /** Every message that came to a worker, deliveries of the same one counted once. */
  readonly #delivered: Set<Message> = new Set()
  /** Those that were sent once more on purpose. */
  readonly #copies: Set<string> = new Set()
  readonly #chords: Map<string, Chord> = new Map()
  /** What was put into the seats of each chord first. */
  readonly #seats: Map<string, Map<string, Json>> = new Map()

  received(deliveries: readonly Delivery[]): void {
    for (const { message } of deliveries) this.#delivered.add(message)
  }

  copied(messages: readonly Message[]): void {
    for (const message of messages) this.#copies.add(publishingOf(message))
  }

  granted(wishes: readonly Wish[]): void {
    for (const wish of wishes) {
      if (wish.do === 'open') this.#chords.set(wish.chord.id, wish.chord)
      if (wish.do !== 'join' || wish.verdict.state !== 'SUCCESS') continue
      const seats = this.#seats.get(wish.seat.chord) ?? new Map<string, Json>()
      this.#seats.set(wish.seat.chord, seats)
      if (!seats.has(wish.seat.index)) seats.set(wish.seat.index, wish.verdict.value)
    }
  }

  /** All that was sent, each named once, in one order. */
  get sent(): readonly string[] {
    return [...new Set([...this.#delivered].map(publishingOf))].sort()
  }

  /** What was sent more than once, though nobody meant to. */
  get sentTwice(): readonly string[] {
    const names = [...this.#delivered].map(publishingOf)
    return names.filter((name, nth) => names.indexOf(name) !== nth && !this.#copies.has(name))
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
      return isAsDrawn ? [] : [`${publishingOf(message)} was given ${JSON.stringify(list)}`]
    })
  }
}

/** What tells one publishing from another: the node, and which attempt or which part of a wide fork it is. */
function publishingOf(message: Message): string {
  return message.kind === 'call'
    ? `${nameOf(message)}, attempt ${message.retries + 1}`
    : `${nameOf(message)} from ${message.branches.from}`
}

/** A message, as people may know it: its task, and its place in the drawing. */
export function nameOf(message: Message): string {
  return `${message.kind === 'call' ? message.task : 'a fork'} #${message.at}`
}
