import { expect, test } from 'vitest'
import type { Home } from './house/home.ts'
import { NO_ARGS, NO_KWARGS } from './node/capture.ts'
import { NO_OPTIONS } from './node/node.ts'
import { signature } from './signature-of.ts'
import { makeTask } from './task.ts'

const home = { launch: () => Promise.reject(new Error('nothing is sent here')) } as unknown as Home
const add = makeTask(home, 'math.add', { queue: 'q' }, (a: number, b: number) => a + b)

test('calling a task runs the function here and now', async () => {
  expect(add(1, 2)).toBe(3)
  const slow = makeTask(home, 'slow', {}, async (n: number) => n * 2)
  expect(await slow(4)).toBe(8)
})

test('a task knows its name and its options, and cannot be changed', () => {
  expect(add.name).toBe('math.add')
  expect(add.options).toEqual({ queue: 'q' })
  expect(Object.isFrozen(add) && Object.isFrozen(add.options)).toBe(true)
})

test("the user's own function is left as it was", () => {
  const fn = (n: number): number => n
  makeTask(home, 'other', {}, fn)
  expect([fn.name, Object.isFrozen(fn), 's' in fn]).toEqual(['fn', false, false])
})

test('s draws a call, si one that drops the value before', () => {
  expect(add.s(1).node).toEqual({
    kind: 'task',
    task: 'math.add',
    args: [1],
    kwargs: {},
    options: {},
    immutable: false,
  })
  expect(add.si(1, 2).node).toEqual({ ...add.s(1, 2).node, immutable: true })
})

test('a call without arguments and options costs next to nothing', () => {
  const { node } = add.s()
  expect(node).toMatchObject({ kind: 'task' })
  expect(node.kind === 'task' && node.args).toBe(NO_ARGS)
  expect(node.kind === 'task' && node.kwargs).toBe(NO_KWARGS)
  expect(node.options).toBe(NO_OPTIONS)
})

test('the long form takes arguments, keyword arguments and options', () => {
  expect(add.signature([1, 2], { kwargs: { k: 1 }, immutable: true, queue: 'low' }).node).toMatchObject({
    args: [1, 2],
    kwargs: { k: 1 },
    immutable: true,
    options: { queue: 'low' },
  })
  expect(add.signature().node).toEqual(add.s().node)
})

test('arguments are copied when they are given', () => {
  const sum = makeTask(home, 'sum', {}, (numbers: number[]) => numbers.length)
  const numbers = [1]
  const sig = sum.s(numbers)
  numbers.push(2)
  expect(sig.node).toMatchObject({ args: [[1]] })
})

test('map, starmap and chunks draw one message or a group of them', () => {
  expect(
    add.starmap([
      [1, 2],
      [3, 4],
    ]).node,
  ).toMatchObject({
    kind: 'starmap',
    task: { task: 'math.add', args: [] },
    items: [
      [1, 2],
      [3, 4],
    ],
  })
  const double = makeTask(home, 'double', {}, (n: number) => n * 2)
  expect(double.map(new Set([1, 2])).node).toMatchObject({ kind: 'map', items: [1, 2] })
  expect(double.chunks([[1], [2]], 10).node).toMatchObject({ kind: 'chunks', size: 10 })
  expect(() => double.chunks([[1]], 0)).toThrow(expect.objectContaining({ code: 'option-invalid' }))
})

test('a signature by name needs no task', () => {
  const drawn = signature('reports.render', {
    args: [1],
    kwargs: { k: 1 },
    options: { queue: 'q' },
    immutable: true,
  })
  expect(drawn.node).toEqual({
    kind: 'task',
    task: 'reports.render',
    args: [1],
    kwargs: { k: 1 },
    options: { queue: 'q' },
    immutable: true,
  })
  expect(signature('reports.render').node).toEqual(signature('reports.render', {}, home).node)
})

test('a signature can be read from JSON, from text, and from a signature', () => {
  const sig = add.s(1, 2)
  expect(signature(sig.toJSON()).node).toEqual(sig.node)
  expect(signature(` ${JSON.stringify(sig)}`, home).node).toEqual(sig.node)
  expect(signature(sig)).toBe(sig)
  expect(() => signature('{"task": 1}')).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
  expect(() => signature('')).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
})
