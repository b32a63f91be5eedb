import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { fromCelery, stringify } from '../json/json.ts'
import { equal, fingerprint } from './equal.ts'
import type { GroupNode, Node, NodeOptions, TaskNode } from './node.ts'

const task = (name: string, args: readonly unknown[] = [], options: NodeOptions = {}): TaskNode => ({
  ...{ kind: 'task', task: name, args, kwargs: {}, options, immutable: false },
})
const group = (members: readonly Node[], options: NodeOptions = {}): GroupNode => ({
  ...{ kind: 'group', members, options, immutable: false },
})

describe('two canvases are equal', () => {
  test('when one is the other after a round trip', () => {
    fc.assert(fc.property(arbitraryNode(), (node) => equal(node, fromCelery(stringify(node)))))
  })

  test('exactly when their JSON is the same but for the order of keys', () => {
    fc.assert(
      fc.property(arbitraryNode(), arbitraryNode(), (a, b) => {
        expect(equal(a, b)).toBe(sorted(stringify(a)) === sorted(stringify(b)))
      }),
    )
  })

  test('in whatever order their keys were given', () => {
    const one = { ...task('a'), kwargs: { x: 1, y: { p: 1, q: 2 } }, options: { queue: 'q', priority: 1 } }
    const two = { ...task('a'), kwargs: { y: { q: 2, p: 1 }, x: 1 }, options: { priority: 1, queue: 'q' } }
    expect(equal(one, two)).toBe(true)
  })

  test('and their fingerprint is the same in every process', () => {
    const add = task('add', [1, 'two', { three: 3 }])
    expect(fingerprint(add)).toBe('8PdypOMILVOjkxob8hVAH8Blu9T_wK9yzWIxu3E5dy4')
    expect(fingerprint(group([add, task('b', [], { link: [add] })]))).toBe(
      'qTxRvYO2FVxmxibrdzWWJwd0LzX409AFzpqkY3vL0Ik',
    )
  })
})

describe('two canvases differ', () => {
  const a = task('a')
  const b = task('b')
  const differing: readonly (readonly [string, Node, Node])[] = [
    ['by a task', a, b],
    ['by an argument', task('a', [1]), task('a', ['1'])],
    ['by where an argument is', task('a', [[1], 2]), task('a', [[1, 2]])],
    ['by being immutable', a, { ...a, immutable: true }],
    ['by the order of members', group([a, b]), group([b, a])],
    ['by their nesting', group([group([a]), b]), group([group([a, b])])],
    ['by their kind', group([a, b]), { kind: 'chain', steps: [a, b], options: {}, immutable: false }],
    ['by a link that is an errback', group([], { link: [a] }), group([], { linkError: [a] })],
    ['by where a link is', group([task('a', [], { link: [b] })]), group([a], { link: [b] })],
    ['by an option', a, task('a', [], { queue: 'q' })],
  ]

  test.each(differing)('%s', (_, one, two) => {
    expect(equal(one, two)).toBe(false)
  })
})

describe('an argument that JSON cannot carry', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  const thrower = {
    toJSON() {
      throw new Error('no')
    },
  }
  const make: readonly (readonly [string, () => unknown])[] = [
    ['a function', () => () => 1],
    ['a Map', () => new Map([[1, 2]])],
    ['an Error', () => new Error('x')],
    ['an object whose toJSON throws', () => ({ ...thrower })],
    ['a list with a function in it', () => [() => 1]],
  ]

  test.each(make)('equals itself only: %s', (_, make) => {
    const value = make()
    expect(equal(task('a', [value]), task('a', [value]))).toBe(true)
    expect(equal(task('a', [value]), task('a', [make()]))).toBe(false)
  })

  test('is compared without a crash when it is cyclic, a bigint, a symbol or not a number', () => {
    expect(
      equal(task('a', [cycle, 1n, Symbol('x'), Number.NaN]), task('a', [cycle, 1n, Symbol('x'), Number.NaN])),
    ).toBe(true)
    expect(equal(task('a', [1n]), task('a', [1]))).toBe(false)
    expect(equal(task('a', [Number.NaN]), task('a', [null]))).toBe(false)
  })

  test('is compared as what would be sent when there is such a thing', () => {
    expect(equal(task('a', [new Date(0)]), task('a', ['1970-01-01T00:00:00.000Z']))).toBe(true)
    expect(equal(task('a', [undefined]), task('a', [null]))).toBe(true)
    expect(equal({ ...task('a'), kwargs: { x: undefined } }, task('a'))).toBe(true)
  })
})

describe('size is no obstacle', () => {
  test('a group of 1,000,000 members has a fingerprint', { timeout: 60_000 }, () => {
    const members = Array.from({ length: 1_000_000 }, () => task('square', [2]))
    expect(fingerprint(group(members))).toMatch(/^[\w-]{43}$/)
  })

  test('10,000 levels, each holding the one below twice, have a fingerprint', () => {
    let one: Node = task('a')
    let two: Node = task('a')
    for (let level = 0; level < 10_000; level++) {
      one = group([one, one])
      two = group([two, two])
    }
    expect(equal(one, two)).toBe(true)
  })
})

function sorted(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value: unknown) => {
    if (key === 'stamped_headers' && Array.isArray(value)) return value.toSorted()
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
