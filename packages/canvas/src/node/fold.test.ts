import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { children, fold } from './fold.ts'
import type { GroupNode, Node, TaskNode } from './node.ts'

const task = (name: string): TaskNode => ({
  ...{ kind: 'task', task: name, args: [], kwargs: {}, options: {}, immutable: false },
})
const group = (...members: Node[]): GroupNode => ({ kind: 'group', members, options: {}, immutable: false })
const nodesIn = (node: Node, of: (child: Node) => number): number =>
  [...children(node)].reduce((sum, child) => sum + of(child), 1)

test('a fold sees what a recursion over the canvas would see', () => {
  const recursive = (node: Node): number => nodesIn(node, recursive)
  fc.assert(fc.property(arbitraryNode(), (node) => fold(node, nodesIn) === recursive(node)))
})

test('children come in order: parts, body, links, errbacks', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(task) as [TaskNode, TaskNode, TaskNode, TaskNode]
  const options = { linkError: [d], link: [c] }
  const chord: Node = { kind: 'chord', header: [a], body: b, policy: 'all', options, immutable: false }
  expect([...children(chord)]).toEqual([a, b, c, d])
})

test('a node in many places is combined once', () => {
  let doubled: Node = task('a')
  for (let level = 0; level < 100; level++) doubled = group(doubled, doubled)
  let groups = 0
  const size = fold(doubled, (node, of): number => {
    if (node.kind === 'group') groups++
    return nodesIn(node, of)
  })
  expect(groups).toBe(100)
  expect(size).toBe(2 ** 101 - 1)
})

test('what a memo knows is not combined again', () => {
  const inner = group(task('a'))
  const memo = new WeakMap<Node, number>()
  fold(inner, nodesIn, memo)
  const seen: Node[] = []
  const outer = group(inner, task('b'))
  fold(outer, (node, of) => seen.push(node) && nodesIn(node, of), memo)
  expect(seen).not.toContain(inner)
})

test('nesting of 100,000 levels is no obstacle', () => {
  let deep: Node = task('a')
  for (let level = 0; level < 100_000; level++) deep = group(deep)
  expect(fold(deep, nodesIn)).toBe(100_001)
})
