import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bunch, CallShape, ForkShape, Graft, Shape } from '../model/shape.ts'
import {
  before,
  endOf,
  find,
  following,
  linksOf,
  membersOf,
  placeAt,
  positionAt,
  type Spot,
  widthOf,
} from './outline.ts'

const NO_GRAFTS: Readonly<Record<string, Graft>> = {}

/*
 * a | [ b | c, b | c, [ d, e ] ] | f        0 | 1[ 2 | 3, 4 | 5, 6[ 7, 8 ] ] | 9, and link g at 10 | 11
 */
const SHAPE: Shape = [
  call('a', 0),
  fork(1, [
    { at: 2, count: 2, span: 2, shape: [call('b', 0), call('c', 1)] },
    { at: 6, count: 1, span: 3, shape: [fork(0, [bunch(1, [call('d', 0)]), bunch(2, [call('e', 0)])])] },
  ]),
  { ...call('f', 9), link: [{ at: 10, count: 1, span: 2, shape: [call('g', 0), call('h', 1)] }] },
]

describe('finding a node by its position', () => {
  it.each([
    ['0', 'a'],
    ['1', 'group'],
    ['2', 'b'],
    ['3', 'c'],
    ['4', 'b'],
    ['5', 'c'],
    ['6', 'group'],
    ['7', 'd'],
    ['8', 'e'],
    ['9', 'f'],
    ['10', 'g'],
    ['11', 'h'],
    ['', 'f'],
  ])('%j is %s', (position, name) => {
    expect(nameOf(at(position))).toBe(name)
  })

  it.each(['12', '99', '-1', '0.0', 'x', '1.5', '9.9.9'])('%j is nobody', (position) => {
    expect(find(SHAPE, NO_GRAFTS, position)).toBeNull()
  })

  it('the place of what was found is the position that was asked for, and the end of the run is the run itself', () => {
    for (let place = 0; place < 12; place++) {
      expect(placeAt(at(String(place)))).toBe(String(place))
      expect(positionAt(at(String(place)))).toBe(place === 9 ? '' : String(place))
    }
    expect([placeAt(at('')), positionAt(at(''))]).toEqual(['9', ''])
  })

  it('finds what replaced a node, or was added to its chord, below its place', () => {
    const grafts = {
      '5': { shape: SHAPE, takes: '5' },
      '5.3': { shape: [call('x', 0)], takes: null },
      '5.3.0': { shape: [call('y', 0)], takes: null },
    }
    expect(placeAt(find(SHAPE, grafts, '5.8') as Spot)).toBe('5.8')
    expect(nameOf(find(SHAPE, grafts, '5.8') as Spot)).toBe('e')
    expect(nameOf(find(SHAPE, grafts, '5.3.0') as Spot)).toBe('x')
    expect(nameOf(find(SHAPE, grafts, '5.3.0.0') as Spot)).toBe('y')
    expect(find(SHAPE, grafts, '6.0')).toBeNull()
  })

  it('the end of what replaced a node has the id of that node; of what was added, its own', () => {
    const shape = [call('x', 0), call('y', 1)]
    const replaced = find(SHAPE, { '5': { shape, takes: '5' } }, '5.1') as Spot
    expect([placeAt(replaced), positionAt(replaced)]).toEqual(['5.1', '5'])
    const added = find(SHAPE, { '5': { shape, takes: null } }, '5.1') as Spot
    expect(positionAt(added)).toBe('5.1')
  })
})

describe('the node before', () => {
  it.each([
    ['0', null],
    ['1', 'a'],
    ['2', 'a'], // a member takes what came before its group
    ['3', 'b'],
    ['6', 'a'],
    ['7', 'a'], // through two groups
    ['9', 'group'],
    ['10', 'f'], // a link takes the value of what it hangs on
    ['11', 'g'],
  ])('%s takes the value of %s', (position, name) => {
    const spot = before(at(position))
    expect(spot && nameOf(spot)).toBe(name)
  })

  it('of a whole that begins with a group is nobody', () => {
    const shape: Shape = [fork(0, [bunch(1, [fork(0, [bunch(1, [call('a', 0)])])])])]
    for (const position of ['0', '1', '2'])
      expect(before(find(shape, NO_GRAFTS, position) as Spot)).toBeNull()
  })
})

describe('the nodes that follow', () => {
  it.each([
    ['0', ['group']],
    ['2', ['c']],
    ['3', []],
    ['1', ['f']],
    ['9', ['h']], // the last step of each link
    ['10', ['h']],
    ['11', []],
  ])('%s gives its value to %j', (position, names) => {
    expect(following(at(position)).map(nameOf)).toEqual(names)
  })

  it('links are told apart from the step after', () => {
    expect(linksOf(at('9')).map(nameOf)).toEqual(['h'])
    expect(linksOf(at('0'))).toEqual([])
  })
})

describe('the members of a fork', () => {
  it('are the last steps of its branches, in order', () => {
    expect([...membersOf(at('1'))].map((spot) => [placeAt(spot), nameOf(spot)])).toEqual([
      ['3', 'c'],
      ['5', 'c'],
      ['6', 'group'],
    ])
    expect([...membersOf(at('6'))].map(placeAt)).toEqual(['7', '8'])
    expect([...membersOf(at('0'))]).toEqual([])
  })

  it('are counted without being looked at', () => {
    expect([widthOf(at('1')), widthOf(at('6')), widthOf(at('0'))]).toEqual([3, 2, null])
    const huge: Shape = [fork(0, [{ at: 1, count: 1_000_000_000, span: 1, shape: [call('a', 0)] }])]
    expect(widthOf(endOf(huge))).toBe(1_000_000_000)
    expect(nameOf(find(huge, NO_GRAFTS, '999999999') as Spot)).toBe('a')
  })
})

describe('laws of any outline', () => {
  const shapes = fc.letrec<{ plan: Shape }>((tie) => ({
    plan: fc
      .array(
        fc.oneof(
          { maxDepth: 3 },
          fc.constant<Drawn>({ members: null, links: [] }),
          fc.record<Drawn>({
            members: fc.option(fc.array(tie('plan'), { minLength: 1, maxLength: 3 })),
            links: fc.array(tie('plan'), { maxLength: 2 }),
          }),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map(numbered),
  })).plan

  it('every place there is names one node, and the node names the place', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        for (let place = 0; place < sizeOf(shape); place++) {
          expect(placeAt(find(shape, NO_GRAFTS, String(place)) as Spot)).toBe(String(place))
        }
        expect(find(shape, NO_GRAFTS, String(sizeOf(shape)))).toBeNull()
      }),
    )
  })

  it('what follows a node has that node before it, unless it is a longer branch', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        for (let place = 0; place < sizeOf(shape); place++) {
          const spot = find(shape, NO_GRAFTS, String(place)) as Spot
          for (const next of following(spot))
            if (next.index === 0 || next.plan === spot.plan) {
              expect(placeAt(before(next) as Spot)).toBe(placeAt(spot))
            }
        }
      }),
    )
  })
})

interface Drawn {
  readonly members: readonly Shape[] | null
  readonly links: readonly Shape[]
}

/** Gives the steps of a plan their places, as the compiler does: branches, then links, then the next step. */
function numbered(steps: readonly Drawn[]): Shape {
  let place = 0
  return steps.map(({ members, links }) => {
    const at = place++
    const put = (shape: Shape): Bunch => {
      const span = sizeOf(shape)
      place += span
      return { at: place - span, count: 1, span, shape }
    }
    const branches = members?.map(put)
    const link = links.map(put)
    const step = branches ? fork(at, branches) : call('t', at)
    return link.length > 0 ? { ...step, link } : step
  })
}

function sizeOf(shape: Shape): number {
  return shape.reduce((sum, step) => {
    const inside = [...(step.op === 'fork' ? step.members : []), ...(step.link ?? [])]
    return sum + 1 + inside.reduce((all, { count, span }) => all + count * span, 0)
  }, 0)
}

function call(task: string, at: number): CallShape {
  return { op: 'call', task, at }
}

function fork(at: number, members: readonly Bunch[]): ForkShape {
  return { op: 'fork', at, members }
}

function bunch(at: number, shape: Shape): Bunch {
  return { at, count: 1, span: sizeOf(shape), shape }
}

function at(position: string): Spot {
  return find(SHAPE, NO_GRAFTS, position) as Spot
}

function nameOf({ step }: Spot): string {
  return step.op === 'call' ? step.task : 'group'
}
