import { ArpeggioError } from '@arpeggio/core'
import {
  type ChainNode,
  type ChordNode,
  type ChordPolicy,
  type GroupNode,
  NO_OPTIONS,
  type Node,
} from './node.ts'

/*
 * The algebra of the canvas. Everything is a line: pieces, one after another. A line has one normal form, so composing is
 * associative in structure:
 *
 * - A line of one piece is that piece. A longer one is a flat chain.
 * - A group with something behind it is a chord, and all that follows is its body; so a group only ever ends a line.
 *   What follows a chord continues its body.
 * - What carries options (links, errbacks, a queue, ...) or is immutable is a scope: one piece, never taken apart,
 *   so that what was drawn on it keeps its meaning wherever it is put.
 *
 * A chord's policy is about its header and does not make it a scope: the body goes on as usual.
 */

/** The line of all these, in order. Linear in what it joins. */
export function line(nodes: readonly Node[]): Node {
  const reversed: Node[] = [] // the steps so far, last first, so that a group finds all that follows it ready
  for (let index = nodes.length - 1; index >= 0; index--) {
    let node = nodes[index] as Node
    if (reversed.length > 0 && takesWhatFollows(node))
      node = follow(node, chainOf(reversed.splice(0).reverse()))
    const steps = stepsOf(node)
    for (let step = steps.length - 1; step >= 0; step--) reversed.push(steps[step] as Node)
  }
  return chainOf(reversed.reverse())
}

/** `first | next`. The policy is for the chord that comes of it where `first` ends in a group. */
export function follow(first: Node, next: Node, policy: ChordPolicy = 'all'): Node {
  const way: (ChainNode | ChordNode)[] = [] // from `first` down to where its line ends
  let end = first
  while (!isScope(end) && (end.kind === 'chain' || end.kind === 'chord')) {
    way.push(end)
    end = end.kind === 'chain' ? (end.steps.at(-1) as Node) : end.body
  }
  let joined: Node
  if (end.kind === 'group' && !isScope(end)) joined = chordOf(end.members, next, policy)
  else if (policy === 'all') joined = chainOf([end, ...stepsOf(next)])
  else throw outOfReach()
  for (let above = way.pop(); above !== undefined; above = way.pop()) {
    if (above.kind === 'chord') joined = chordOf(above.header, joined, above.policy)
    else joined = chainOf(withLast(above.steps, stepsOf(joined)))
  }
  return joined
}

/** A group of these, as they are: nothing is unrolled, and nobody is fine. */
export function groupOf(members: readonly Node[]): GroupNode {
  return Object.freeze({
    kind: 'group',
    members: Object.freeze(members),
    options: NO_OPTIONS,
    immutable: false,
  })
}

/** Whether the value of a canvas is a group's list, so that its handle has one result per member. */
export function endsInGroup(node: Node): boolean {
  let end = node
  while (end.kind === 'chain' || end.kind === 'chord') {
    end = end.kind === 'chain' ? (end.steps.at(-1) as Node) : end.body
  }
  return end.kind === 'group' || end.kind === 'chunks'
}

/** Whether something was drawn on the canvas as a whole, so that it stays a whole. */
export function isScope(node: Node): boolean {
  return ('immutable' in node && node.immutable) || Object.keys(node.options).length > 0
}

function takesWhatFollows(node: Node): boolean {
  const last = stepsOf(node).at(-1) as Node
  return !isScope(last) && (last.kind === 'group' || last.kind === 'chord' || last.kind === 'chain')
}

/** What a canvas contributes to a longer line: the steps of a chain, or itself. */
function stepsOf(node: Node): readonly Node[] {
  return node.kind === 'chain' && !isScope(node) ? node.steps : [node]
}

/** Steps with others in the place of the last. Spreading copies a frozen list at once; slicing it would not. */
function withLast(steps: readonly Node[], others: readonly Node[]): Node[] {
  const all = [...steps]
  all.pop()
  for (const other of others) all.push(other)
  return all
}

/** The chain of these steps; one step is no chain but itself. */
function chainOf(steps: readonly Node[]): Node {
  const [first] = steps
  if (first === undefined) {
    throw new ArpeggioError(
      'chain-empty',
      'A chain needs at least one step, and was given none. Give it a signature, or leave the chain out.',
    )
  }
  if (steps.length === 1) return first
  return Object.freeze({ kind: 'chain', steps: Object.freeze(steps), options: NO_OPTIONS, immutable: false })
}

function chordOf(header: readonly Node[], body: Node, policy: ChordPolicy): ChordNode {
  return Object.freeze({ kind: 'chord', header, body, policy, options: NO_OPTIONS, immutable: false })
}

function outOfReach(): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    'A policy was given for a header that is a whole of its own (it has a link, a queue or the like, or is made of chunks), ' +
      'where it cannot reach the members. Give the members as a list, and set options on them or on the chord.',
  )
}
