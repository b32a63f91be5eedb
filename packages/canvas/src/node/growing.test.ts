import { expect, test } from 'vitest'
import { chain } from '../chain.ts'
import { chord } from '../chord.ts'
import { group } from '../group.ts'
import type { Signature } from '../signature.ts'
import { signature } from '../signature-of.ts'

type Sig = Signature<unknown, unknown>
const [a, b] = [signature<unknown, unknown>('a'), signature<unknown, unknown>('b')]

test('a line that is built step by step is the line that is built at once, however long', () => {
  const grown = piped(a, b, 50_000)
  expect(grown.equals(chain([a, ...Array.from({ length: 50_000 }, () => b)]) as Sig)).toBe(true)
  expect(grown.node).toMatchObject({ kind: 'chain', steps: { length: 50_001 } })
})

test('so is a chord whose body grows, and groups behind each other', () => {
  expect(piped(chord([a], b), b, 50_000).node).toMatchObject({ body: { steps: { length: 50_001 } } })
  let { node } = piped(group(a) as Sig, group(b) as Sig, 20_000)
  for (let i = 0; i < 20_000; i++) {
    if (node.kind !== 'chord') throw new Error(`${node.kind} ${i}`)
    node = node.body
  }
  expect(node.kind).toBe('group')
})

test('a long line may go on in several ways, looked at or not', () => {
  const long = piped(a, b, 2_000)
  const [left, right] = [long.pipe(a), long.pipe(b, b)]
  expect(stepsOf(left).length).toBe(2_002)
  const later = long.pipe(a, a)
  expect([long, left, right, later].map((sig) => stepsOf(sig).length)).toEqual([2_001, 2_002, 2_003, 2_003])
  expect(stepsOf(left).at(-1)).toBe(a.node)
  expect(stepsOf(right).at(-1)).toBe(b.node)
})

test('a long line is a signature like any other: one node, which is there to be seen', () => {
  const long = piped(a, b, 2_000)
  expect(long.node).toBe(long.node)
  expect(Object.keys(long)).toEqual(Object.keys(a))
  expect(Object.isFrozen(long)).toBe(true)
  expect(long).not.toEqual(long.pipe(b))
  expect(long).toEqual(piped(a, b, 2_000))
})

function piped(first: Sig, step: Sig, times: number): Sig {
  let sig = first
  for (let i = 0; i < times; i++) sig = sig.pipe(step)
  return sig
}

function stepsOf({ node }: Sig): readonly unknown[] {
  return node.kind === 'chain' ? node.steps : []
}
