import {
  cut,
  type Delivery,
  type Json,
  type Message,
  type QueueLength,
  type Reply,
  type RunNode,
  type Verdict,
  type Wish,
} from '@arpeggio/core'
import { isTerminal } from './end.ts'

/** What a message is called. */
type Names = (message: Message) => string

/** A message that has come to a worker. */
export function deliveryAsText({ message, count, verdict }: Delivery, nameOf: Names): string {
  const again = count > 1 ? `, delivery ${count}` : ''
  const known = verdict === null ? '' : `, which is known: ${verdictAsText(verdict)}`
  return `${nameOf(message)}${again}${known}`
}

/** What somebody asked to be done at once, and what he was answered. */
export function commitAsText(
  deed: string,
  wishes: readonly Wish[],
  reply: Reply | { readonly kind: 'started' | 'known' },
  nameOf: Names,
  message: Message | null = null,
): string {
  const parts = wishes.flatMap((wish): string[] => {
    switch (wish.do) {
      case 'store':
        return wish.id === message?.id ? [verdictAsText(wish.verdict)] : []
      case 'note':
        return [`state ${wish.state}`]
      case 'graft':
        return ['the run grows']
      case 'bury':
        return [`given up: ${wish.reason}`]
      case 'launch':
        return [`the chord ${wish.chord} goes on`]
      default:
        return []
    }
  })
  const next = wishes.flatMap((wish) => (wish.do === 'publish' ? [nameOf(wish.message)] : []))
  if (next.length > 0) parts.push(`next ${next.join(', ')}`)
  return `${deed}${parts.length > 0 ? ` (${parts.join('; ')})` : ''}: ${answerAsText(reply)}`
}

function answerAsText(reply: Reply | { readonly kind: 'started' | 'known' }): string {
  switch (reply.kind) {
    case 'done':
    case 'started':
      return 'done'
    case 'known':
      return 'known already'
    case 'fenced':
      return 'refused, it came too late'
    case 'halted':
      return 'refused, it was halted'
    case 'closed':
      return `it closes the chord ${reply.chord.id}`
  }
}

function verdictAsText(verdict: Verdict): string {
  switch (verdict.state) {
    case 'SUCCESS':
      return `gives ${valueAsText(verdict.value)}`
    case 'FAILURE':
    case 'REVOKED':
      return `${verdict.failure.error.type}: ${verdict.failure.error.message}`
    case 'IGNORED':
      return 'ignored'
  }
}

/** As much of it as fits into a line. */
const MOST_CHARACTERS = 60

/** A value as it travels, cut to what can be read in a line. */
export function valueAsText(value: Json): string {
  return cut(JSON.stringify(value), MOST_CHARACTERS)
}

/** A call, with what it is given. */
export function callAsText(task: string, args: readonly Json[]): string {
  return cut(`${task}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`, MOST_CHARACTERS)
}

/** A queue in which something is left. */
interface LeftQueue extends QueueLength {
  readonly isServed: boolean
}

/** What is left in a world that never comes to an end. */
interface Left {
  /** After how many steps it was given up, if it went on and on. */
  readonly steps: number | null
  readonly running: readonly { readonly name: string; readonly running: readonly string[] }[]
  readonly queues: readonly LeftQueue[]
  /** All of the run; null if it was never sent. */
  readonly nodes: readonly RunNode[] | null
}

/** As many nodes as are named. */
const MOST_NODES = 5

/** A line for each thing. */
export function leftAsText({ steps, running, queues, nodes }: Left): readonly string[] {
  const open = (nodes ?? []).filter(({ state }) => !isTerminal(state))
  const named = open.map(({ id, task, state }) => `${task ?? 'a group'} (${id}) is ${state}`)
  const more = open.length > MOST_NODES ? [`and so on, ${open.length} in all`] : []
  return [
    ...(steps === null ? [] : [`it went on and on for ${steps} steps`]),
    ...(nodes === null ? ['it was never sent'] : []),
    ...running.flatMap(({ name, running }) =>
      running.map((call) => `${name} still runs ${call}, for half a second in real time`),
    ),
    ...queues.map(queueAsText),
    ...named.slice(0, MOST_NODES),
    ...more,
  ]
}

/** What waits in a queue, and whether it may ever run. */
export function queueAsText({ name, waiting, delayed, isServed }: LeftQueue): string {
  const count = waiting + delayed
  const served = isServed ? '' : ', which no worker serves'
  return `${count} ${count === 1 ? 'call waits' : 'calls wait'} in the queue ${JSON.stringify(name)}${served}`
}
