import type { Node } from './node.ts'

/** What came of nodes that `fold` has combined already. A WeakMap makes it outlive one fold. */
export interface Memo<T> {
  has(node: Node): boolean
  get(node: Node): T | undefined
  set(node: Node, value: T): unknown
}

/**
 * Combines a canvas from its leaves up, without recursion: `combine` is given a node and `of`, which tells what came
 * of any node right under it. Linear in the canvas: a node that occurs in many places is combined once. Only leaves
 * are not remembered but combined whenever they are asked for, which is cheaper, so `combine` should be pure.
 */
export function fold<T>(
  root: Node,
  combine: (node: Node, of: (child: Node) => T) => T,
  memo: Memo<T> = new Map(),
): T {
  const of = (node: Node): T => (isLeaf(node) ? combine(node, of) : (memo.get(node) as T))
  const entered = new Set<Node>()
  const open: Node[] = isLeaf(root) ? [] : [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (memo.has(node)) continue
    if (entered.has(node)) {
      memo.set(node, combine(node, of))
      continue
    }
    entered.add(node)
    open.push(node)
    for (const child of children(node)) if (!isLeaf(child)) open.push(child)
  }
  return of(root)
}

/** The nodes right under a node: what it is made of, in order, then its links, then its errbacks. */
export function* children(node: Node): Generator<Node, void> {
  switch (node.kind) {
    case 'task':
      break
    case 'chain':
      yield* node.steps
      break
    case 'group':
      yield* node.members
      break
    case 'chord':
      yield* node.header
      yield node.body
      break
    case 'map':
    case 'starmap':
    case 'chunks':
      yield node.task
      break
    default:
      node satisfies never
  }
  if (node.options.link) yield* node.options.link
  if (node.options.linkError) yield* node.options.linkError
}

/** Whether nothing is under this node: it is a task without links and errbacks. */
export function isLeaf(node: Node): boolean {
  return node.kind === 'task' && node.options.link === undefined && node.options.linkError === undefined
}
