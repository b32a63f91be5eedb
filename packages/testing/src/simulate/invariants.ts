import { isDeepStrictEqual } from 'node:util'
import { isTerminal } from './end.ts'
import type { Played } from './world.ts'

/** The name of something that must hold. */
export type Invariant = 'settle' | 'once' | 'order' | 'parity' | 'purity'

/** What must hold in every world. Each tells what is wrong in one, beside the same one undisturbed; null if nothing is. */
type Breach = (played: Played, calm: Played) => string | null

/** What each of them says. */
export const RULES: Readonly<Record<Invariant, string>> = {
  settle: 'everybody who waits is told, and every node ends',
  once: 'no step, link or errback is sent twice',
  order: 'lists are in the order of the drawing',
  parity: 'it ends as if nothing had gone wrong',
  purity: 'the canvas stays as it is',
}

/** All that must hold, whatever goes wrong. */
export const INVARIANTS: Readonly<Record<Invariant, Breach>> = {
  settle({ end, told, states, left }) {
    if (told.state === 'STUCK') {
      const why = left.length > 0 ? left.join('; ') : 'everything is over, and whoever waits was not told'
      return `it never comes to an end: ${why}`
    }
    if ('value' in told !== 'value' in end || ('value' in told && !isDeepStrictEqual(told, end))) {
      return `whoever waited was told ${JSON.stringify(told)}, and it is ${JSON.stringify(end)}`
    }
    const open = states.find((node) => !isTerminal(node.slice(node.lastIndexOf(' ') + 1)))
    return open === undefined ? null : `everything is over, and one node is not: ${open}`
  },
  /** However often what they follow is run. */
  once({ history }) {
    const [twice] = history.sentTwice
    return twice === undefined ? null : `${twice} was sent twice`
  },
  order({ history }) {
    return history.outOfOrder[0] ?? null
  },
  /** At whichever step somebody died: the value, each node, and what was called. */
  parity({ end, states, history }, calm) {
    if (!isDeepStrictEqual(end, calm.end)) {
      return `it ended as ${JSON.stringify(end)}, and undisturbed as ${JSON.stringify(calm.end)}`
    }
    const other = differenceOf(states, calm.states)
    if (other !== null) return `a node stands otherwise than undisturbed: ${other}`
    const sent = differenceOf(history.sent, calm.history.sent)
    return sent === null ? null : `what was called is not what is called undisturbed: ${sent}`
  },
  purity({ drawing }, calm) {
    return drawing === calm.drawing ? null : `the canvas was changed while it ran: ${drawing}`
  },
}

/** The names of all that must hold, in the order in which they are looked at. */
export const INVARIANT_NAMES: readonly Invariant[] = Object.keys(INVARIANTS) as Invariant[]

/** What is in one of them only. */
function differenceOf(some: readonly string[], others: readonly string[]): string | null {
  return some.find((one) => !others.includes(one)) ?? others.find((one) => !some.includes(one)) ?? null
}
