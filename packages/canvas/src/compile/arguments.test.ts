import { LIMITS } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import type { MapNode, TaskNode } from '../node/node.ts'
import { arityProblem, innerNameProblem, mappedProblem, problemError, readArguments } from './arguments.ts'

describe('the arguments of a call', () => {
  it('travel as JSON, and their size is told', () => {
    const read = readArguments(task([1, { at: new Date(0) }], { depth: 2 }))
    expect(read).toEqual({
      ...{ args: [1, { at: '1970-01-01T00:00:00.000Z' }], kwargs: { depth: 2 } },
      bytes: expect.any(Number),
    })
    expect((read as { bytes: number }).bytes).toBeGreaterThanOrEqual(
      '[1,{"at":"1970-01-01T00:00:00.000Z"}]{"depth":2}'.length,
    )
  })

  it('that are undefined at the end were left out, as in a plain call', () => {
    expect(readArguments(task([1, undefined, undefined]))).toMatchObject({ args: [1] })
    expect(readArguments(task([undefined]))).toMatchObject({ args: [] })
  })

  it('that are undefined before others are refused: a place cannot travel', () => {
    expect(readArguments(task([undefined, 1]))).toMatchObject({
      code: 'value-not-json',
      path: 'args[0]',
    })
  })

  it('may together be as large as a value may be', () => {
    const fits = 'x'.repeat(LIMITS.valueBytes - 20)
    expect(readArguments(task([fits]))).toMatchObject({ args: [fits] })
    expect(readArguments(task([fits], { more: 'x'.repeat(20) }))).toMatchObject({
      code: 'limit-exceeded',
      path: 'args',
    })
  })

  it('tell where they cannot travel', () => {
    expect(readArguments(task([1, { rows: [0, () => 1] }]))).toMatchObject({ path: 'args[1].rows[1]' })
    expect(readArguments(task([], { on: { done: Symbol('s') } }))).toMatchObject({
      path: 'kwargs.on.done',
    })
  })
})

describe('the number of arguments', () => {
  it('is at most what the task takes; keyword arguments are one of them', () => {
    expect(arityProblem(task([1, 2]), 2, false)).toBeNull()
    expect(arityProblem(task([1], { k: 1 }), 2, false)).toBeNull()
    expect(arityProblem(task([1, 2], { k: 1 }), 2, false)).toEqual({
      code: 'arguments-wrong',
      path: 'args',
      message:
        't takes 2 arguments at most and was given 3. Leave out what it does not name, or declare it with { typing: false }.',
    })
    expect(arityProblem(task([1, 2]), 1, false)?.message).toContain('takes 1 argument at most')
  })

  it('counts the value that comes before, unless the call is immutable', () => {
    expect(arityProblem(task([1]), 2, true)).toBeNull()
    expect(arityProblem(task([1, 2]), 2, true)?.message).toBe(
      't takes 2 arguments at most and was given 3, the value before it included. Leave out what it does not name, drop that value with .si(), or declare it with { typing: false }.',
    )
    expect(arityProblem({ ...task([1, 2]), immutable: true }, 2, true)).toBeNull()
  })

  it('is not what is left out at the end, and not checked where nobody knows the task', () => {
    expect(arityProblem(task([1, 2, undefined]), 2, false)).toBeNull()
    expect(arityProblem(task([1, 2, 3]), null, true)).toBeNull()
    expect(arityProblem(task([1, 2, 3]), Number.POSITIVE_INFINITY, true)).toBeNull()
  })

  it('of a mapped task is that of each item and its own', () => {
    const map = (kind: 'map' | 'starmap', items: readonly unknown[], own = task([])): MapNode => {
      return { kind, task: own, items, options: {} }
    }
    expect(mappedProblem(map('map', [[1, 2, 3]]), 1)).toBeNull()
    expect(mappedProblem(map('map', [1, 2], task([1])), 1)).toMatchObject({ path: 'items[0]' })
    expect(mappedProblem(map('starmap', [[1], [1, 2]]), 2)).toBeNull()
    expect(mappedProblem(map('starmap', [[1], [1, 2]], task([], { k: 1 })), 2)).toEqual({
      code: 'arguments-wrong',
      path: 'items[1]',
      message:
        't takes 2 arguments at most and was given 3 for items[1] of its starmap. Leave out what it does not name, or declare it with { typing: false }.',
    })
    expect(mappedProblem(map('starmap', [[1], 5]), 2)).toMatchObject({
      code: 'arguments-wrong',
      path: 'items[1]',
      message: expect.stringMatching(
        /lists of arguments, and one of its items is 5\. Write \[item\], or use map/,
      ),
    })
    expect(mappedProblem(map('starmap', [5]), null)).toBeNull()
  })
})

it('a problem becomes an error with the same code and message', () => {
  const problem = { code: 'limit-exceeded', path: 'args', message: 'too much' } as const
  expect(problemError(problem)).toMatchObject({
    name: 'ArpeggioError',
    code: 'limit-exceeded',
    message: 'too much',
  })
})

it('a taskId inside a canvas names the node and the id', () => {
  expect(innerNameProblem({ ...task([]), options: { taskId: 'mine' } })).toMatchObject({
    code: 'option-invalid',
    path: 'options.taskId',
    message: expect.stringMatching(
      /^A task inside a canvas has the taskId "mine"\. Only a whole canvas can have one/,
    ),
  })
})

function task(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>> = {}): TaskNode {
  return { kind: 'task', task: 't', args, kwargs, options: {}, immutable: false }
}
