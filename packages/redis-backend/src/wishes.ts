import {
  type CallMessage,
  type Delivery,
  type Lists,
  type Policy,
  positionOf,
  type Verdict,
  type Wish,
} from '@arpeggio/core'
import { packMessage, packSeat, placeOf } from './message.ts'
import { type Argument, letterOf, packJson, packNote, packVerdict, type Staged } from './wire.ts'

/* Wishes as arguments of the scripts: a letter and what belongs to it. `lua/parts/wishes.lua` reads them. */

/** The wishes of a delivery's end. `staged` tells where long lists were put before. */
export function packCommit({ message }: Delivery, wishes: readonly Wish[], staged: Staged): Argument[] {
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
        launches.push('L', positionOf(wish.chord), wish.dismissed === null ? '' : packVerdict(wish.dismissed))
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
      default:
        if (wish !== own || !isOwn) packWish(wish, staged, others)
    }
  }
  const letter = isOwn ? letterOf(own.verdict) : '-'
  const flags = `${letter}${launches.length > 0 ? 'l' : ''}${message.kind === 'spread' ? 's' : ''}${isKept ? 'k' : ''}`
  const length = launches.length + seats.length + others.length
  return [message.run, positionOf(message.id), flags, length, ...launches, ...seats, ...others]
}

/** The wishes of a new run. */
export function packBeginning(wishes: readonly Wish[], staged: Staged): Argument[] {
  const packed: Argument[] = []
  for (const wish of wishes) packWish(wish, staged, packed)
  return [packed.length, ...packed]
}

function packWish(wish: Wish, staged: Staged, to: Argument[]): void {
  switch (wish.do) {
    case 'store':
      to.push('S', positionOf(wish.id), countOf(wish), packVerdict(wish.verdict))
      return
    case 'note':
      to.push('N', positionOf(wish.id), packNote(wish.state, wish.meta))
      return
    case 'open': {
      const { id, size, policy, at, aside, seat } = wish.chord
      to.push(
        'O',
        positionOf(id),
        size,
        packPolicy(policy),
        at,
        aside ? '1' : '',
        packSeat(seat),
        packJson(wish.chord),
      )
      return
    }
    case 'publish': {
      const { message } = wish
      const [queue, priority] = placeOf(message)
      const { countdown, eta } = message.kind === 'call' ? message : NOW
      if (countdown === 0 && eta === null) to.push('P', queue, priority, packMessage(message))
      else to.push('D', queue, priority, countdown, eta ?? 0, packMessage(message))
      return
    }
    case 'graft':
      to.push('G', wish.at, packJson(wish.graft), wish.calls, ...packLists(wish.lists, staged))
      return
    case 'bury': {
      const { message, reason } = wish
      to.push('B', message.id, packJson({ message, reason }))
      return
    }
    case 'launch':
    case 'join':
    case 'widen':
      throw new Error(`${wish.do} is no wish of a new run`)
    default:
      wish satisfies never
  }
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

/** Lists with their items, or with the key where they were put before. */
export function packLists(lists: Lists, staged: Staged): Argument[] {
  const packed: Argument[] = [Object.keys(lists).length]
  for (const [name, items] of Object.entries(lists)) {
    const key = staged.get(name)
    packed.push(name, key ?? '')
    if (key !== undefined) packed.push(0)
    else packed.push(items.length, ...items.map(packJson))
  }
  return packed
}
