import { describe, expect, it } from 'vitest'
import { NO_KWARGS } from './capture.ts'
import { chunksOf, EMPTY_LIST, mapTask, routeOf } from './mapping.ts'
import type { TaskNode } from './node.ts'

const square: TaskNode = {
  ...{
    kind: 'task',
    task: 'square',
    args: [1],
    kwargs: { k: 2 },
    options: { queue: 'low' },
    immutable: false,
  },
}

describe('a map', () => {
  it('is one call of a task of ours, that says what to run over which items', () => {
    expect(mapTask('starmap', square, [[1], [2]])).toMatchObject({
      task: 'celery.starmap',
      args: [],
      kwargs: { task: { task: 'square', args: [1], kwargs: { k: 2 } }, it: [[1], [2]] },
    })
  })

  it('drops the value of the step before, and runs as the mapped task would', () => {
    const map = mapTask('map', square, [])
    expect([map.immutable, map.options, routeOf(map)]).toEqual([true, { queue: 'low' }, 'square'])
  })

  it('is told apart from other tasks, whatever those are given', () => {
    const trap = { ...square, task: 'other', kwargs: { task: { task: 'square' } } }
    expect(routeOf(trap)).toBe('other')
    expect(routeOf({ ...square, task: 'celery.map', kwargs: NO_KWARGS })).toBe('celery.map')
  })
})

describe('chunks', () => {
  it.each([
    [0, 3, []],
    [1, 3, [1]],
    [3, 3, [3]],
    [7, 3, [3, 3, 1]],
    [4, 1, [1, 1, 1, 1]],
  ])('of %i items by %i are %j', (count, size, sizes) => {
    const items = Array.from({ length: count }, (_, i) => [i])
    const chunks = chunksOf(square, items, size).map(
      ({ kwargs }) => (kwargs as unknown as { it: number[][] }).it,
    )
    expect(chunks.map(({ length }) => length)).toEqual(sizes)
    expect(chunks.flat()).toEqual(items)
  })
})

it('an empty group is the task that gives the list of its arguments, without any', () => {
  expect(EMPTY_LIST).toMatchObject({ task: 'celery.accumulate', args: [], immutable: true })
})
