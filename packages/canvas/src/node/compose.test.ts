import fc from 'fast-check'
import { expect, test } from 'vitest'
import { follow, groupOf, isScope, line } from './compose.ts'
import { type ChordPolicy, NO_OPTIONS, type Node, type NodeOptions, type TaskNode } from './node.ts'

test('a chain of steps is flat, and one step is no chain', () => {
  expect(line([a])).toBe(a)
  expect(line([a, b, c])).toEqual(chainOf(a, b, c))
  expect(line([line([a, b]), line([c, d])])).toEqual(chainOf(a, b, c, d))
})

test('an empty chain is refused', () => {
  expect(() => line([])).toThrow(expect.objectContaining({ code: 'chain-empty' }))
})

test('a group and a step are a chord, and all that follows is its body', () => {
  const g = groupOf([a, b])
  expect(follow(g, c)).toEqual(chordOf([a, b], c))
  expect(line([g, c, d])).toEqual(chordOf([a, b], chainOf(c, d)))
  expect(line([a, g, c])).toEqual(chainOf(a, chordOf([a, b], c)))
  expect(line([a, g])).toEqual(chainOf(a, g))
})

test('a group and a group are a chord whose body is the second group', () => {
  const [g, h] = [groupOf([a, b]), groupOf([c])]
  expect(line([g, h])).toEqual(chordOf([a, b], h))
  expect(line([g, h, d])).toEqual(chordOf([a, b], chordOf([c], d)))
})

test('a group of one stays a group, and so does a group of none', () => {
  expect(line([groupOf([a]), b])).toEqual(chordOf([a], b))
  expect(line([a, groupOf([]), b])).toEqual(chainOf(a, chordOf([], b)))
})

test('what follows a chord continues its body, whatever its policy', () => {
  expect(follow(chordOf([a], b, 'settle'), c)).toEqual(chordOf([a], chainOf(b, c), 'settle'))
})

test('what carries options or is immutable stays one piece', () => {
  const linked = scope(line([a, b]), { link: [c] })
  const queued = scope(groupOf([a, b]), { queue: 'q' })
  expect(line([linked, d])).toEqual(chainOf(linked, d))
  expect(line([a, linked, d])).toEqual(chainOf(a, linked, d))
  expect(line([queued, d])).toEqual(chainOf(queued, d))
  expect(line([scope(chordOf([a], b), { queue: 'q' }), d])).toEqual(
    chainOf(scope(chordOf([a], b), { queue: 'q' }), d),
  )
  const deaf = { ...line([a, b]), immutable: true } as Node
  expect(line([deaf, d])).toEqual(chainOf(deaf, d))
})

test('a scope inside the body of a chord is where the body continues', () => {
  const body = scope(line([b, c]), { link: [d] })
  expect(follow(chordOf([a], body), e)).toEqual(chordOf([a], chainOf(body, e)))
})

test('a policy cannot be given to a header that is a whole of its own', () => {
  const queued = scope(groupOf([a]), { queue: 'q' })
  expect(() => follow(queued, b, 'settle')).toThrow(expect.objectContaining({ code: 'option-invalid' }))
})

test('piping is associative, for every kind of canvas', () => {
  fc.assert(
    fc.property(canvas, canvas, canvas, (x, y, z) => {
      expect(follow(x, follow(y, z))).toEqual(follow(follow(x, y), z))
    }),
  )
})

test('a chain of many is the same as piping them one by one', () => {
  fc.assert(
    fc.property(fc.array(canvas, { minLength: 1, maxLength: 6 }), (nodes) => {
      expect(line(nodes)).toEqual(nodes.reduce((all, node) => follow(all, node)))
      expect(line([line(nodes)])).toEqual(line(nodes))
    }),
  )
})

test('in a line a chain holds no open chain, and a group that is followed is a chord', () => {
  fc.assert(
    fc.property(fc.array(canvas, { minLength: 2, maxLength: 6 }), (nodes) => {
      for (let open = [line(nodes)], node = open.pop(); node !== undefined; node = open.pop()) {
        if (isScope(node)) continue
        if (node.kind === 'chord') open.push(node.body)
        if (node.kind !== 'chain') continue
        const [last, ...before] = [...node.steps].reverse()
        expect(
          before.every((step) => isScope(step) || !['chain', 'group', 'chord'].includes(step.kind)),
        ).toBe(true)
        expect(last?.kind === 'chain' && !isScope(last)).toBe(false)
        open.push(last as Node)
      }
    }),
  )
})

test('composing gives frozen canvases and leaves its operands as they are', () => {
  fc.assert(
    fc.property(canvas, canvas, (x, y) => {
      const before = JSON.stringify([x, y])
      expectFrozen(follow(x, y))
      expectFrozen(line([x, y, x]))
      expect(JSON.stringify([x, y])).toBe(before)
    }),
  )
})

test('100,000 steps, a million members and 10,000 levels are drawn at once', () => {
  const steps = Array.from({ length: 100_000 }, () => a)
  expect(line(steps)).toMatchObject({ kind: 'chain', steps: { length: 100_000 } })
  const million = groupOf(Array.from({ length: 1_000_000 }, () => a))
  expect(follow(million, b)).toMatchObject({ kind: 'chord', header: { length: 1_000_000 } })
  let deep: Node = a
  for (let level = 0; level < 10_000; level++) deep = follow(groupOf([deep]), b)
  expect(follow(deep, c).kind).toBe('chord')
  const forks = Array.from({ length: 10_000 }, () => groupOf([a]))
  expect(follow(line(forks), b).kind).toBe('chord')
})

test('10,000 steps piped one by one are drawn within a second', () => {
  const start = performance.now()
  const steps = Array.from({ length: 10_000 }, () => a)
  const all = steps.reduce<Node>((before, step) => follow(before, step), a)
  expect(all).toMatchObject({ kind: 'chain', steps: { length: 10_001 } })
  expect(performance.now() - start).toBeLessThan(1_000)
})

function task(name: string, immutable = false): TaskNode {
  return deepFreeze({ kind: 'task', task: name, args: [], kwargs: {}, options: NO_OPTIONS, immutable })
}

function chainOf(...steps: Node[]): Node {
  return { kind: 'chain', steps, options: NO_OPTIONS, immutable: false }
}

function chordOf(header: Node[], body: Node, policy: ChordPolicy = 'all'): Node {
  return deepFreeze({ kind: 'chord', header, body, policy, options: NO_OPTIONS, immutable: false })
}

function scope(node: Node, options: NodeOptions): Node {
  return deepFreeze({ ...node, options })
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  expect(Object.isFrozen(value)).toBe(true)
  Object.values(value).forEach(expectFrozen)
}

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => task(name)) as [
  TaskNode,
  TaskNode,
  TaskNode,
  TaskNode,
  TaskNode,
]

/** Any canvas that can be drawn: the way users draw it, by composing, with a scope here and there. */
const { canvas } = fc.letrec<{ canvas: Node; leaf: Node }>((tie) => {
  const some = fc.array(tie('canvas'), { maxLength: 3 })
  const one = fc.array(tie('canvas'), { minLength: 1, maxLength: 3 })
  const policy = fc.constantFrom<ChordPolicy>('all', 'failFast', 'settle', { quorum: 1 })
  return {
    leaf: fc
      .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean())
      .map(([name, immutable]) => task(name, immutable)),
    canvas: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      one.map(line),
      some.map((members) => groupOf([...members])),
      fc
        .tuple(some, tie('canvas'), policy)
        .map(([header, body, how]) => follow(groupOf([...header]), body, how)),
      tie('canvas').map((node) => scope(node, { queue: 'q' })),
      fc.constant<Node>(
        deepFreeze({ kind: 'chunks', task: task('a'), items: [1, 2], size: 1, options: NO_OPTIONS }),
      ),
    ),
  }
})
