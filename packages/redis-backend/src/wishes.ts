import {
  type CallMessage,
  type Chord,
  type Delivery,
  endOfRest,
  type Lists,
  letterId,
  type Message,
  type Policy,
  positionOf,
  type SpreadMessage,
  type StoredItem,
  type Verdict,
  type Wish,
} from '@arpeggio/core'
import { packMessage, packSeat, placeOf, refer } from './message.ts'
import { spareItem, sparePlan, sparePlans } from './plans.ts'
import type { Seal } from './seal.ts'
import type { Stage } from './stage.ts'
import { type Argument, letterOf, packJson, packNote, packVerdict } from './wire.ts'

/*
 * Wishes as arguments of the scripts: a letter and what belongs to it. `lua/parts/wishes.lua` reads them. What is too long
 * to travel with a script goes to the stage.
 */

/** Items of a list that travel at most, and characters of them. */
const MOST_ITEMS = 500
const MOST_CHARACTERS = 65_536

/** With what wishes are packed: where long texts go, and who signs. */
export interface Packing {
  readonly stage: Stage
  readonly seal: Seal
}

/** The wishes of a delivery's end. */
export function packCommit(
  { message, token }: Delivery,
  wishes: readonly Wish[],
  packing: Packing,
): Argument[] {
  const { stage } = packing
  const broken = brokenIn(wishes)
  const own = wishes.find((wish) => wish.do === 'store' && wish.id === message.id)
  const launches: Argument[] = []
  const seats: Argument[] = []
  const others: Argument[] = []
  const isOwn = own?.do === 'store' && message.kind === 'call'
  const isKept =
    message.options.ignoreResult !== true && !wishes.some((wish) => wish.do === 'graft' || wish.do === 'bury')
  if (isOwn) others.push('V', countOf(own), packVerdict(own.verdict))
  for (const wish of wishes) {
    switch (wish.do) {
      case 'launch':
        launches.push(
          'L',
          positionOf(wish.chord),
          wish.dismissed === null ? '' : packVerdict(wish.dismissed),
          broken.get(wish.chord) ?? '',
        )
        break
      case 'widen':
        seats.push('W', positionOf(wish.seat.chord), wish.seat.index)
        break
      case 'join': {
        const isSame = isOwn && isKept && same(own.verdict, wish.verdict)
        const verdict = isSame ? `@${positionOf(message.id)}` : packVerdict(wish.verdict)
        seats.push(
          'J',
          positionOf(wish.seat.chord),
          wish.seat.index,
          isGood(wish.verdict) ? '1' : '0',
          verdict,
        )
        break
      }
      case 'keep':
        if ('kind' in wish.failed) packKept(wish.failed, token, packing, others)
        break
      default:
        if (wish !== own || !isOwn) packWish(wish, packing, others)
    }
  }
  const letter = isOwn ? letterOf(own.verdict) : '-'
  const flags = `${letter}${launches.length > 0 ? 'l' : ''}${message.kind === 'spread' ? 's' : ''}${isKept ? 'k' : ''}`
  const staged = stage.told
  const length = staged.length + launches.length + seats.length + others.length
  return [message.run, positionOf(message.id), flags, length, ...staged, ...launches, ...seats, ...others]
}

/** The wishes of a new run. */
export function packBeginning(wishes: readonly Wish[], packing: Packing): Argument[] {
  const packed: Argument[] = []
  for (const wish of wishes) packWish(wish, packing, packed)
  return packed
}

function packWish(wish: Wish, packing: Packing, to: Argument[]): void {
  switch (wish.do) {
    case 'store':
      to.push('S', positionOf(wish.id), countOf(wish), packVerdict(wish.verdict))
      return
    case 'note':
      to.push('N', positionOf(wish.id), packNote(wish.state, wish.meta))
      return
    case 'open': {
      const { run, id, size, policy, at, aside, seat } = wish.chord
      const position = positionOf(id)
      to.push(
        'O',
        position,
        size,
        packPolicy(policy),
        at,
        aside ? '1' : '',
        packSeat(seat),
        packing.seal.sign(['chord', run, position], packJson(wish.chord, spareChord)),
      )
      return
    }
    case 'publish': {
      const { message } = wish
      const [queue, priority] = placeOf(message)
      const { countdown, eta } = message.kind === 'call' ? message : NOW
      const text = packCarried(message, packing, to)
      if (countdown === 0 && eta === null) to.push('P', queue, priority, text)
      else to.push('D', queue, priority, countdown, eta ?? 0, text)
      return
    }
    case 'graft':
      to.push('G', wish.at, packJson(wish.graft), wish.calls, ...packLists(wish.run, wish.lists, packing))
      return
    case 'bury': {
      const { message, reason } = wish
      const id = letterId(message)
      to.push('B', id, packing.seal.sign(['letter', id], packJson({ message, reason })))
      return
    }
    case 'keep':
    case 'launch':
    case 'join':
    case 'widen':
      throw new Error(`${wish.do} is no wish of a new run`)
    default:
      wish satisfies never
  }
}

function spareChord(chord: Chord): unknown {
  const { link, errback, rest } = chord
  return { ...chord, link: sparePlans(link), errback: sparePlans(errback), rest: sparePlan(rest) }
}

/** No task, a task, or a task that failed. */
function countOf({ counts, verdict }: Wish & { do: 'store' }): 0 | 1 | 2 {
  return counts ? (isGood(verdict) ? 1 : 2) : 0
}

function isGood(verdict: Verdict): boolean {
  return !('failure' in verdict)
}

const NOW: Pick<CallMessage, 'countdown' | 'eta'> = { countdown: 0, eta: null }

/** Whether a seat's verdict is the one that is kept for the message itself: once is enough. */
function same(kept: Verdict, seated: Verdict): boolean {
  if (kept === seated) return true
  return (
    kept.state === 'SUCCESS' &&
    seated.state === 'SUCCESS' &&
    kept.of === undefined &&
    kept.value === seated.value
  )
}

/** What the scripts call a policy. */
function packPolicy(policy: Policy): string {
  if (typeof policy === 'object') return `q${policy.quorum}`
  return { all: 'a', failFast: 'f', settle: 's' }[policy]
}

/** A message; the body of a long one is kept beside it until it is acknowledged, and only named. */
function packCarried(message: Message, packing: Packing, to: Argument[]): string {
  const turn = message.kind === 'call' ? message.retries : message.branches.from
  return packBeside(message, `body:${positionOf(message.id)}:${turn}`, packing, to)
}

function packBeside(message: Message, name: string, { stage, seal }: Packing, to: Argument[]): string {
  const text = packMessage(message, seal)
  if (text.length <= MOST_CHARACTERS) return text
  const { reference, pieces } = refer(text, name, MOST_CHARACTERS)
  to.push('T', name, stage.add(name, pieces, pieces.length))
  return reference
}

/**
 * A message that failed, under its name: how many calls it stands for, the end of its line, its seats. The token tells
 * its body from that of the message that fails.
 */
function packKept(message: Message, token: string, packing: Packing, to: Argument[]): void {
  const name = positionOf(letterId(message))
  const text = packBeside(message, `kept:${name}:${token}`, packing, to)
  const head =
    message.kind === 'call'
      ? [1, packEnd(message), packSeat(message.seat), message.seat?.index ?? '']
      : [message.branches.to - message.branches.from, '-', ...seatsOf(message)]
  to.push('K', name, head.join('\n'), text)
}

function seatsOf({ id, awaited, branches }: SpreadMessage): readonly [seat: string, indices: string] {
  return awaited ? [`=${positionOf(id)}`, `${branches.from}:${branches.to}`] : ['-', '']
}

/** Chords that failed, as far as it must be known to open them again: the end of their line, and their seat. */
function brokenIn(wishes: readonly Wish[]): ReadonlyMap<string, string> {
  const broken = new Map<string, string>()
  for (const wish of wishes) {
    if (wish.do !== 'keep' || 'kind' in wish.failed) continue
    const { id, seat } = wish.failed
    broken.set(id, [packEnd(wish.failed), packSeat(seat), seat?.index ?? ''].join('\n'))
  }
  return broken
}

function packEnd(node: CallMessage | Chord): string {
  const end = endOfRest(node)
  return end === null ? '-' : `=${positionOf(end)}`
}

/** Lists with their items, or with the key where they will be. */
export function packLists(run: string, lists: Lists, { stage, seal }: Packing): Argument[] {
  const packed: Argument[] = [Object.keys(lists).length]
  for (const [name, items] of Object.entries(lists)) {
    const packItem = (item: StoredItem, index: number): string =>
      seal.sign(['item', run, name, String(index)], packJson(item, spareItem))
    const texts = items.length > MOST_ITEMS ? [] : items.map(packItem)
    const size = texts.reduce((sum, text) => sum + text.length, 0)
    const isLong = items.length > MOST_ITEMS || size > MOST_CHARACTERS
    if (isLong) packed.push(name, stage.add(name, packedOneByOne(items, packItem), items.length), 0)
    else packed.push(name, '', texts.length, ...texts)
  }
  return packed
}

/** So that a list of 100,000 is never there twice. */
function* packedOneByOne(
  items: readonly StoredItem[],
  packItem: (item: StoredItem, index: number) => string,
): Generator<string> {
  for (const [index, item] of items.entries()) yield packItem(item, index)
}
