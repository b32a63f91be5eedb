import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { chain, group, task } from '../../../../test/support/nodes.ts'
import { fromCelery, stringify } from '../json/json.ts'
import type { ChordNode, ChordPolicy, Node, TaskNode } from '../node/node.ts'
import { drawText } from './text.ts'

const chord = (header: readonly Node[], body: Node, policy: ChordPolicy = 'all'): ChordNode => ({
  ...{ kind: 'chord', header, body, policy, options: {}, immutable: false },
})
const squares = (count: number): TaskNode[] =>
  Array.from({ length: count }, (_, index) => task('square', [index]))
const a = task('a')
const b = task('b')

describe('a canvas reads as it might be written', () => {
  const drawings: readonly (readonly [string, Node])[] = [
    [
      "fetchPage('u') | parsePage() | store('u')",
      chain([task('fetchPage', ['u']), task('parsePage'), task('store', ['u'])]),
    ],
    ["store!('u')", task('store', ['u'], { immutable: true })],
    ["f(1, depth=2, 'a key'=null)", task('f', [1], { kwargs: { depth: 2, 'a key': null } })],
    ['group(a(1), b())', group([task('a', [1]), b])],
    ['group()', group([])],
    ['group!(a())', { ...group([a]), immutable: true }],
    ['chord([square(0), square(1)], total())', chord(squares(2), task('total'))],
    ['chord([a()], a() | b())', chord([a], chain([a, b]))],
    ['chord([a()], b(), policy=settle)', chord([a], b, 'settle')],
    ['chord([a()], b(), policy=quorum(3))', chord([a], b, { quorum: 3 })],
    ['chord([], b())', chord([], b)],
    ['add.map([1, 2])', { kind: 'map', task: task('add'), items: [1, 2], options: {} }],
    [
      'add(5).starmap([[1], [2]])',
      { kind: 'starmap', task: task('add', [5]), items: [[1], [2]], options: {} },
    ],
    [
      'add.chunks([[1, 2], [3, 4]], 10)',
      {
        kind: 'chunks',
        task: task('add'),
        items: [
          [1, 2],
          [3, 4],
        ],
        size: 10,
        options: {},
      },
    ],
    [
      'a().link(b()).linkError(a() | b())',
      task('a', [], { options: { link: [b], linkError: [chain([a, b])] } }),
    ],
    ['(a() | b()).link(a())', chain([a, b], { link: [a] })],
    ['a() | (a() | b())', chain([a, chain([a, b], { queue: 'q' })])],
    ['a() | (a() | b()).link(b())', chain([a, chain([a, b], { link: [b] })])],
    ['chain(a())', chain([a])],
    ['chain!(a(), b())', { ...chain([a, b]), immutable: true }],
    ['group(a() | b(), group(a()))', group([chain([a, b]), group([a])])],
    ['a()', task('a', [], { options: { queue: 'low', countdown: 5 } })],
    ['x!(1)', task('a', [1], { immutable: true, options: { shadow: 'x' } })],
    ['x.map([1])', { kind: 'map', task: task('a'), items: [1], options: { shadow: 'x' } }],
    [
      'x(5).starmap([[1]])',
      { kind: 'starmap', task: task('a', [5], { options: { shadow: 'x' } }), items: [[1]], options: {} },
    ],
    [
      '(x() | y() | chord([x(), x()], x())).link(b())',
      chain([a, task('b', [], { options: { shadow: 'y' } }), chord([a, b], a)], { shadow: 'x', link: [b] }),
    ],
  ]

  test.each(drawings)('%s', (text, node) => {
    expect(drawText(node)).toBe(text)
  })
})

describe('arguments read as they might be written', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  const getter = Object.defineProperty({}, 'x', {
    enumerable: true,
    get() {
      throw new Error('no')
    },
  })
  const previews: readonly (readonly [unknown, string])[] = [
    ["it's", "'it\\'s'"],
    ['say "hi"', `'say "hi"'`],
    ['a\\b\nc\td\u0000', "'a\\\\b\\nc\\td\\u0000'"],
    ['\u202eevil', "'\\u202eevil'"],
    ['\ud800', "'\\ud800'"],
    ['😀'.repeat(60), `'${'😀'.repeat(39)}…'`],
    ['x'.repeat(1_000_000), `'${'x'.repeat(39)}…'`],
    [-1.5, '-1.5'],
    [true, 'true'],
    [undefined, 'undefined'],
    [{ a: 1, 'b c': [2] }, "{a: 1, 'b c': [2]}"],
    [{}, '{}'],
    [Array.from({ length: 100 }, (_, index) => index), '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …]'],
    [cycle, '[[[[[[[[[[[[[[…]]]]]]]]]]]]]]'],
    [new Date(0), "'1970-01-01T00:00:00.000Z'"],
    [new Date(Number.NaN), "'Invalid Date'"],
    [new Map(), '<Map>'],
    [1n, '1n'],
    [Symbol('x'), 'Symbol(x)'],
    [function named() {}, 'function named'],
    [getter, '…'],
  ]

  test.each(previews.map(([value, text]) => [text, () => value] as const))('%s', (text, value) => {
    expect(drawText(task('f', [value()]))).toBe(`f(${text})`)
  })

  test("a task's name cannot break the line, however odd", () => {
    expect(drawText(task('a\nb"]-->'))).toBe('a\\nb"]-->()')
    expect(drawText(task('n'.repeat(100)))).toBe(`${'n'.repeat(59)}…()`)
  })
})

describe('a large canvas is shortened in the middle', () => {
  test('of a long chain the ends are shown, and how many steps are between', () => {
    expect(drawText(chain(squares(100_000)))).toBe(
      'square(0) | square(1) | square(2) | square(3) | square(4) | … 99,990 more … | square(99995) | square(99996) | square(99997) | square(99998) | square(99999)',
    )
  })

  test('of a wide group too', { timeout: 60_000 }, () => {
    expect(drawText(group(squares(1_000_000)))).toContain('square(4), … 999,990 more …, square(999995)')
  })

  test('and of many arguments', () => {
    const items = Array.from({ length: 1_000 }, (_, index) => index)
    const node: Node = { kind: 'map', task: a, items, options: {} }
    expect(drawText(node)).toBe('a.map([0, 1, 2, 3, 4, … 990 more …, 995, 996, 997, 998, 999])')
    expect(drawText(task('a', items))).toContain('4, … 990 more …, 995')
  })

  test('what is nested deeper than a drawing shows is only counted', () => {
    let deep: Node = a
    for (let level = 0; level < 10_000; level++) deep = group([deep, b])
    expect(drawText(deep)).toMatch(/^(group\(){30}… 2 …(, b\(\)\)|\)){30}$/)
  })

  test('what is too much in all is counted, and what is near the top is shown first', () => {
    let wide: Node = a
    for (let level = 0; level < 8; level++) wide = group(Array.from({ length: 20 }, () => wide))
    const text = drawText(wide)
    expect(text.match(/group\(/g)?.length).toBe(1 + 20 + 4 * 20)
    expect(text.length).toBeLessThan(5_000)
  })
})

test('equal canvases are drawn equal, in one line', () => {
  fc.assert(
    fc.property(arbitraryNode(), (node) => {
      expect(drawText(node)).toBe(drawText(fromCelery(stringify(node))))
      expect(drawText(node)).not.toMatch(/[\n\r\u2028\u2029]/)
    }),
  )
})
