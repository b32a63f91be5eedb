import {
  ArpeggioError,
  type CallMessage,
  type Change,
  type Chord,
  type Graft,
  LIMITS,
  type Lists,
  type Message,
  type Policy,
  positionOf,
  type Span,
  type Verdict,
  type Wish,
} from '@arpeggio/core'

/*
 * How things look on their way to the scripts, which take lists of texts, and how they come back. A script never looks
 * into JSON: what it must know stands beside it.
 */

/** One argument of a script. */
export type Argument = string | number

/** A list of a run that is too long to be sent along, and the key where it was put before. */
export type Staged = ReadonlyMap<string, string>

/** Letters of verdicts; what follows is JSON. */
const VALUE = 'S'
const OF_MEMBERS = 'M'
const FAILED = { FAILURE: 'F', REVOKED: 'R' } as const
const IGNORED = 'I'

/** A verdict as a text. */
export function packVerdict(verdict: Verdict): string {
  switch (verdict.state) {
    case 'SUCCESS':
      return verdict.of === 'members' ? OF_MEMBERS : VALUE + packJson(verdict.value)
    case 'FAILURE':
    case 'REVOKED':
      return FAILED[verdict.state] + packJson(verdict.failure)
    case 'IGNORED':
      return IGNORED
  }
}

/** A text as a verdict. */
export function unpackVerdict(text: string): Verdict {
  switch (text[0]) {
    case VALUE:
      return { state: 'SUCCESS', value: JSON.parse(text.slice(1)) }
    case OF_MEMBERS:
      return { state: 'SUCCESS', value: null, of: 'members' }
    case FAILED.FAILURE:
      return { state: 'FAILURE', failure: JSON.parse(text.slice(1)) }
    case FAILED.REVOKED:
      return { state: 'REVOKED', failure: JSON.parse(text.slice(1)) }
    case IGNORED:
      return { state: 'IGNORED' }
    default:
      throw new Error(`no verdict: ${text.slice(0, 40)}`)
  }
}

/** JSON text of what is known to be JSON. What is nested too deep for the engine's own writer is refused. */
export function packJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ArpeggioError(
      'limit-exceeded',
      'This canvas is nested too deep to be written as JSON, so Redis cannot hold it. Nest less, or run it in memory.',
      { cause: error },
    )
  }
}

/** What belongs to a message, in front of its JSON. */
const HEAD_LINES = 7

/** A message as its queue holds it. */
export function packMessage(message: Message): string {
  const { queue, priority } = placeOf(message)
  const { run, id, at } = message
  return `0\n${queue}\n${priority}\n${run}\n${positionOf(id)}\n${at}\n${kindOf(message)}\n${packJson(message)}`
}

/** A message that was delivered, and which delivery of it this is. */
export function unpackMessage(text: string): { message: Message; count: number } {
  let start = 0
  for (let line = 0; line < HEAD_LINES; line++) start = text.indexOf('\n', start) + 1
  return { message: JSON.parse(text.slice(start)), count: Number(text.slice(0, text.indexOf('\n'))) + 1 }
}

/** The position of a message's id in its run. */
export function positionIn(message: Message): string {
  return positionOf(message.id)
}

/** `c` a call, `a` a call of an errback, which no halt reaches, `s` a spread. */
export function kindOf(message: Message): 'c' | 'a' | 's' {
  if (message.kind === 'spread') return 's'
  return message.aside ? 'a' : 'c'
}

function placeOf({ options }: Message): { queue: string; priority: number } {
  const { queue = 'default', priority = LIMITS.defaultPriority } = options
  return { queue, priority }
}

/** What the scripts call a policy. */
function packPolicy(policy: Policy): string {
  if (typeof policy === 'object') return `q${policy.quorum}`
  return { all: 'a', failFast: 'f', settle: 's' }[policy]
}

/** A change as those who watch a run are told; in one line. */
function packChange(change: Change): string {
  return packJson(change)
}

/** Changes as they were told; an empty line stands for "look for yourself". */
export function unpackChanges(text: string): (Change | null)[] {
  return text.split('\n').map((line) => (line === '' ? null : JSON.parse(line)))
}

/** A halt as the scripts keep it: what stands in front of its number, the first, the end, the id it takes. */
export function packSpan({ at, span, takes }: Span): string {
  const lead = at.slice(0, at.lastIndexOf('.') + 1)
  const first = Number(at.slice(lead.length))
  return `${lead}\n${first}\n${Math.min(first + span, Number.MAX_SAFE_INTEGER)}\n${takes === undefined ? '-' : `=${takes}`}`
}

/** A halt as it was kept, with its verdict. */
export function unpackHalt(text: string): { span: Span; verdict: Verdict } {
  const [lead, first, end, takes, ...verdict] = text.split('\n') as [string, string, string, string, string]
  const span = { at: lead + first, span: Number(end) - Number(first) }
  return {
    span: takes === '-' ? span : { ...span, takes: takes.slice(1) },
    verdict: unpackVerdict(verdict.join('\n')),
  }
}

/** Who runs some of it is told of a halt. */
export function packHeed(run: string, spans: readonly Span[]): string {
  return packJson({ run, spans })
}

/** What was told of a halt. */
export function unpackHeed(text: string): { run: string; spans: readonly Span[] } {
  return JSON.parse(text)
}

/** Wishes as arguments. `staged` tells where long lists were put before, `own` whose end they are. */
export function packWishes(wishes: readonly Wish[], staged: Staged, own: Message | null = null): Argument[] {
  const packed: Argument[] = [wishes.length]
  for (const wish of wishes) {
    switch (wish.do) {
      case 'store': {
        const { id, verdict, counts } = wish
        const counted = counts ? ('failure' in verdict ? 2 : 1) : 0
        const change = packChange({ id, state: verdict.state, meta: null })
        packed.push('S', positionOf(id), packVerdict(verdict), counted, change)
        break
      }
      case 'note': {
        const { id, state, meta } = wish
        packed.push('N', positionOf(id), packNote(state, meta), packChange({ id, state, meta }))
        break
      }
      case 'open':
        packed.push('O', ...packChord(wish.chord))
        break
      case 'publish':
        packed.push('P', ...packPublish(wish.message))
        break
      case 'join': {
        const good = 'failure' in wish.verdict ? '0' : '1'
        packed.push('J', positionOf(wish.seat.chord), wish.seat.index, good, packSeat(wish, wishes, own))
        break
      }
      case 'widen':
        packed.push('W', positionOf(wish.seat.chord), wish.seat.index)
        break
      case 'launch':
        packed.push('L', positionOf(wish.chord))
        break
      case 'halt':
        packed.push('H', ...packHalt(wish.run, wish.spans, wish.verdict))
        break
      case 'graft':
        packed.push('G', wish.at, packJson(wish.graft), wish.calls, ...packLists(wish.lists, staged))
        break
      case 'bury': {
        const { message, reason } = wish
        packed.push('B', message.id, packJson({ message, reason }))
        break
      }
      default:
        wish satisfies never
    }
  }
  return packed
}

/** Spans, the verdict, and what is told to those who run some of it. */
export function packHalt(run: string, spans: readonly Span[], verdict: Verdict): Argument[] {
  return [spans.length, ...spans.map(packSpan), packVerdict(verdict), packHeed(run, spans)]
}

/** A state that is not the end, and what was told with it. */
export function packNote(state: string, meta: unknown): string {
  return packJson([state, meta])
}

function packChord(chord: Chord): Argument[] {
  const { id, size, policy, at, aside } = chord
  return [positionOf(id), size, packPolicy(policy), at, aside ? '1' : '', packJson(chord)]
}

function packPublish(message: Message): Argument[] {
  const { queue, priority } = placeOf(message)
  const { countdown, eta } = message.kind === 'call' ? message : NOW
  return [queue, priority, countdown, eta ?? 0, packMessage(message)]
}

const NOW: Pick<CallMessage, 'countdown' | 'eta'> = { countdown: 0, eta: null }

/** A seat's verdict; `@` and a position if it is the one that is kept for the message itself: once is enough. */
function packSeat(join: Wish & { do: 'join' }, wishes: readonly Wish[], own: Message | null): string {
  const isKept = !wishes.some((wish) => wish.do === 'graft' || wish.do === 'bury')
  if (own !== null && own.options.ignoreResult !== true && isKept) {
    const kept = wishes.find((wish) => wish.do === 'store' && wish.id === own.id)
    if (kept?.do === 'store' && isSame(kept.verdict, join.verdict)) return `@${positionOf(own.id)}`
  }
  return packVerdict(join.verdict)
}

function isSame(kept: Verdict, seated: Verdict): boolean {
  if (kept === seated) return true
  return (
    kept.state === 'SUCCESS' &&
    seated.state === 'SUCCESS' &&
    kept.of === undefined &&
    kept.value === seated.value
  )
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

/** A part that was grafted on, as it is kept. */
export function unpackGraft(text: string): Graft {
  return JSON.parse(text)
}
