import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_KWARGS } from './capture.ts'
import { groupOf, line } from './compose.ts'
import { addKwargs, fill } from './fill.ts'
import { type ChunksNode, NO_OPTIONS, type Node, type TaskNode } from './node.ts'
import { withOptions } from './with-options.ts'

const store = task('store', ['u'])
const [a, b] = [task('a'), task('b')]

test('missing arguments go in front', () => {
  expect(fill(store, [1, 2], NO_KWARGS)).toEqual(task('store', [1, 2, 'u']))
})

test('new keyword arguments win', () => {
  const drawn = addKwargs(store, { depth: 1, wide: true })
  expect(fill(drawn, [], { depth: 2 })).toMatchObject({ kwargs: { depth: 2, wide: true } })
})

test('they reach exactly the tasks that a canvas begins with', () => {
  expect(fill(line([a, b]), [1], NO_KWARGS)).toEqual(line([task('a', [1]), b]))
  expect(fill(groupOf([a, b]), [1], NO_KWARGS)).toEqual(groupOf([task('a', [1]), task('b', [1])]))
  expect(fill(line([groupOf([a, b]), store]), [1], NO_KWARGS)).toEqual(
    line([groupOf([task('a', [1]), task('b', [1])]), store]),
  )
  const nested = groupOf([line([a, b]), groupOf([b, line([groupOf([a]), store])])])
  expect(fill(nested, [1], NO_KWARGS)).toEqual(
    groupOf([line([task('a', [1]), b]), groupOf([task('b', [1]), line([groupOf([task('a', [1])]), store])])]),
  )
})

test('what is immutable takes none, as a task and as a canvas', () => {
  const deaf: Node = Object.freeze({ ...a, immutable: true })
  expect(fill(deaf, [1], { k: 1 })).toBe(deaf)
  for (const canvas of [line([a, b]), groupOf([a, b]), line([groupOf([a]), b])]) {
    const immutable = withOptions(canvas, { immutable: true })
    expect(fill(immutable, [1], { k: 1 })).toBe(immutable)
  }
})

test('an empty group has nobody to take them, nor have chunks', () => {
  const chunks: ChunksNode = { kind: 'chunks', task: a, items: [[1]], size: 1, options: NO_OPTIONS }
  expect(fill(line([groupOf([]), a]), [1], NO_KWARGS)).toEqual(line([groupOf([]), a]))
  expect(fill(chunks, [1], { k: 1 })).toBe(chunks)
})

test('links and options stay as they are', () => {
  const linked = withOptions(line([a, b]), { link: { node: store }, queue: 'q' })
  expect(fill(linked, [1], NO_KWARGS).options).toBe(linked.options)
})

test('giving arguments twice is giving them at once, the later ones in front', () => {
  const values = fc.array(fc.integer(), { maxLength: 3 })
  fc.assert(
    fc.property(values, values, (first, second) => {
      const canvas = groupOf([line([a, b]), store])
      expect(fill(fill(canvas, first, NO_KWARGS), second, NO_KWARGS)).toEqual(
        fill(canvas, [...second, ...first], NO_KWARGS),
      )
    }),
  )
})

test('keyword arguments given to a task itself reach it even if it is immutable', () => {
  const deaf: Node = Object.freeze({ ...a, immutable: true })
  expect(addKwargs(deaf, { depth: 2 })).toMatchObject({ kwargs: { depth: 2 }, immutable: true })
  expect(addKwargs(groupOf([a]), { depth: 2 })).toMatchObject({ members: [{ kwargs: { depth: 2 } }] })
})

test('a deep or a wide canvas is filled without overflow', () => {
  let deep: Node = a
  for (let level = 0; level < 10_000; level++) deep = groupOf([deep])
  expect(fill(deep, [1], NO_KWARGS).kind).toBe('group')
  let long: Node = a
  for (let level = 0; level < 10_000; level++) long = withOptions(line([long, b]), { queue: 'q' })
  expect(fill(long, [1], NO_KWARGS).kind).toBe('chain')
  let twice: Node = a
  for (let level = 0; level < 200; level++) twice = groupOf([twice, twice])
  expect(fill(twice, [1], NO_KWARGS).kind).toBe('group')
})

function task(name: string, args: readonly unknown[] = []): TaskNode {
  return Object.freeze({
    kind: 'task',
    task: name,
    args,
    kwargs: NO_KWARGS,
    options: NO_OPTIONS,
    immutable: false,
  })
}
