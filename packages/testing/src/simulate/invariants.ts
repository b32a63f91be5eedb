import { isDeepStrictEqual } from 'node:util'
import type { Played } from './world.ts'

/** The name of something that must hold. */
export type Invariant = 'settle' | 'once' | 'order' | 'parity' | 'purity'

/** What must hold in every world. Each tells what is wrong in one, beside the same one undisturbed; null if nothing is. */
type Holds = (played: Played, calm: Played) => string | null

/** All that must hold, whatever goes wrong. */
export const INVARIANTS: Record<Invariant, Holds> = {
  /** Whoever waits returns, and every node has come to an end. */
  settle({ end, told, states }) {
    if (told.state === 'STUCK') return 'it never comes to an end: whoever waits for that waits for ever'
    if ('value' in told !== 'value' in end || ('value' in told && !isDeepStrictEqual(told, end))) {
      return `whoever waited was told ${JSON.stringify(told)}, and it is ${JSON.stringify(end)}`
    }
    const open = states.find((state) => !TERMINAL.test(state))
    return open === undefined ? null : `everything is over, and one node is not: ${open}`
  },
  /** Each node is sent once, and so is each link and each errback, however often what they follow is run. */
  once({ history }) {
    const [twice] = history.sentTwice
    return twice === undefined ? null : `${twice} was sent twice`
  },
  /** A list has what the members gave, in the order in which they were drawn. */
  order({ history }) {
    return history.outOfOrder[0] ?? null
  },
  /** It ends as if nothing had gone wrong, at whichever step somebody died: the value, each node, and what was called. */
  parity({ end, states, history }, calm) {
    if (!isDeepStrictEqual(end, calm.end)) {
      return `it ended as ${JSON.stringify(end)}, and undisturbed as ${JSON.stringify(calm.end)}`
    }
    const other = differenceOf(states, calm.states)
    if (other !== null) return `a node stands otherwise than undisturbed: ${other}`
    const sent = differenceOf(history.sent, calm.history.sent)
    return sent === null ? null : `what was called is not what is called undisturbed: ${sent}`
  },
  /** Running it does not change what was drawn. */
  purity({ drawing }, calm) {
    return drawing === calm.drawing ? null : `the canvas was changed while it ran: ${drawing}`
  },
}

/** The names of all that must hold, in the order in which they are looked at. */
export const INVARIANT_NAMES: readonly Invariant[] = Object.keys(INVARIANTS) as Invariant[]

const TERMINAL = / (SUCCESS|FAILURE|REVOKED|IGNORED)$/

/** What is in one of them only. */
function differenceOf(some: readonly string[], others: readonly string[]): string | null {
  return some.find((one) => !others.includes(one)) ?? others.find((one) => !some.includes(one)) ?? null
}
