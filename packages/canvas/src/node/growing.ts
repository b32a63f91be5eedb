import { follow, line } from './compose.ts'
import type { Node } from './node.ts'

/** `first | next`, where `next` are steps: joined at once, or, once it has grown long, when somebody looks. */
export function grow(first: Node | Growing, next: readonly Node[]): Node | Growing {
  if (first instanceof Growing) return new Growing(first, next)
  return isLong(first) ? new Growing(null, [first, ...next]) : follow(first, line(next))
}

/**
 * A long line that is built piece by piece. To join them each time would copy all steps for each new one; composing is
 * associative, so joining them in the end gives the same node.
 */
export class Growing {
  #before: Growing | null
  #pieces: readonly Node[]

  constructor(before: Growing | null, pieces: readonly Node[]) {
    this.#before = before
    this.#pieces = pieces
  }

  get node(): Node {
    const pieces: Node[] = [] // last first
    for (let part: Growing | null = this; part !== null; part = part.#before) {
      for (let i = part.#pieces.length - 1; i >= 0; i--) pieces.push(part.#pieces[i] as Node)
    }
    if (pieces.length > 1) this.#pieces = [line(pieces.reverse())]
    this.#before = null
    return this.#pieces[0] as Node
  }
}

const LONG = 1_000

/** Whether there are many steps on the way to the end of a line, or many chords. */
function isLong(node: Node): boolean {
  let length = 0
  let end = node
  while (length < LONG && (end.kind === 'chain' || end.kind === 'chord')) {
    length += end.kind === 'chain' ? end.steps.length : 1
    end = end.kind === 'chain' ? (end.steps.at(-1) as Node) : end.body
  }
  return length >= LONG
}
