import type { Shape } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import { Bunches, Outline } from './outline.ts'

const CALL: Shape = [{ op: 'call', task: 'a', at: 0 }]

describe('an outline', () => {
  it('tells places from the start of its plan', () => {
    const outline = new Outline(7)
    outline.call('a', 7)
    outline.call('b', 9)
    outline.link(10, 2, CALL)
    expect(outline.shape()).toEqual([
      { op: 'call', task: 'a', at: 0 },
      { op: 'call', task: 'b', at: 2, link: [{ at: 3, count: 1, span: 2, shape: CALL }] },
    ])
  })

  it('keeps links in their order, on the last step', () => {
    const outline = new Outline(0)
    outline.fork(0, false).add(1, 1, CALL)
    outline.link(2, 1, CALL)
    outline.link(3, 1, CALL)
    expect(outline.shape()).toEqual([
      {
        op: 'fork',
        at: 0,
        members: [{ at: 1, count: 1, span: 1, shape: CALL }],
        link: [2, 3].map((at) => ({ at, count: 1, span: 1, shape: CALL })),
      },
    ])
  })
})

describe('members', () => {
  it('that are equal neighbours are counted, not listed', () => {
    const bunches = new Bunches()
    for (let i = 0; i < 100_000; i++) bunches.add(1 + 2 * i, 2, [{ op: 'call', task: 'a', at: 0 }])
    expect(bunches.list).toEqual([{ at: 1, count: 100_000, span: 2, shape: CALL }])
  })

  it.each<[string, Shape, number, number]>([
    ['of another task', [{ op: 'call', task: 'b', at: 0 }], 2, 1],
    ['with another place', [{ op: 'call', task: 'a', at: 1 }], 2, 1],
    ['of another span', CALL, 3, 2],
    ['after a gap', CALL, 3, 1],
    ['with more steps', [...CALL, ...CALL], 2, 1],
    [
      'with a link',
      [{ op: 'call', task: 'a', at: 0, link: [{ at: 1, count: 1, span: 1, shape: CALL }] }],
      2,
      1,
    ],
    ['of another kind', [{ op: 'fork', at: 0, members: [] }], 2, 1],
  ])('%s are kept apart', (_what, shape, at, span) => {
    const bunches = new Bunches()
    bunches.add(1, 1, CALL)
    bunches.add(at, span, shape)
    expect(bunches.list.map(({ count }) => count)).toEqual([1, 1])
  })

  it('that are groups of equal members are counted as well', () => {
    const group = (): Shape => [
      { op: 'fork', at: 0, members: [{ at: 1, count: 2, span: 1, shape: [...CALL] }] },
    ]
    const bunches = new Bunches()
    for (let i = 0; i < 10; i++) bunches.add(1 + 3 * i, 3, group())
    expect(bunches.list).toEqual([{ at: 1, count: 10, span: 3, shape: group() }])
  })

  it('that nest very deep are compared no deeper than is worth it', () => {
    const deep = (depth: number): Shape => {
      let shape: Shape = CALL
      for (let i = 0; i < depth; i++)
        shape = [{ op: 'fork', at: 0, members: [{ at: 1, count: 1, span: 1, shape }] }]
      return shape
    }
    const bunches = new Bunches()
    bunches.add(0, 1, deep(50_000))
    bunches.add(1, 1, deep(50_000))
    expect(bunches.list).toHaveLength(2)
  })
})
