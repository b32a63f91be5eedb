import { LIMITS } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import type { TaskNode } from '../node/node.ts'
import { innerTaskId, problemError, readArguments } from './arguments.ts'

describe('the arguments of a call', () => {
  it('travel as JSON, and their size is told', () => {
    const read = readArguments(task([1, { at: new Date(0) }], { depth: 2 }), null)
    expect(read).toEqual({
      ...{ args: [1, { at: '1970-01-01T00:00:00.000Z' }], kwargs: { depth: 2 } },
      bytes: expect.any(Number),
    })
    expect((read as { bytes: number }).bytes).toBeGreaterThanOrEqual(
      '[1,{"at":"1970-01-01T00:00:00.000Z"}]{"depth":2}'.length,
    )
  })

  it('that are undefined at the end were left out, as in a plain call', () => {
    expect(readArguments(task([1, undefined, undefined]), null)).toMatchObject({ args: [1] })
    expect(readArguments(task([undefined]), null)).toMatchObject({ args: [] })
  })

  it('that are undefined before others are refused: a place cannot travel', () => {
    expect(readArguments(task([undefined, 1]), null)).toMatchObject({
      code: 'value-not-json',
      path: 'args[0]',
    })
  })

  it('may be as many as the task takes; keyword arguments are one of them', () => {
    expect(readArguments(task([1, 2]), 2)).toMatchObject({ args: [1, 2] })
    expect(readArguments(task([1], { k: 1 }), 2)).toMatchObject({ args: [1] })
    expect(readArguments(task([1, 2, 3]), null)).toMatchObject({ args: [1, 2, 3] })
    expect(readArguments(task([1, 2], { k: 1 }), 2)).toMatchObject({
      code: 'arguments-wrong',
      message:
        't takes 2 arguments at most and was given 3. Leave out what it does not name, or declare it with { typing: false }.',
    })
    expect(readArguments(task([1, 2]), 1)).toMatchObject({
      message: expect.stringContaining('takes 1 argument at most'),
    })
  })

  it('may together be as large as a value may be', () => {
    const fits = 'x'.repeat(LIMITS.valueBytes - 20)
    expect(readArguments(task([fits]), null)).toMatchObject({ args: [fits] })
    expect(readArguments(task([fits], { more: 'x'.repeat(20) }), null)).toMatchObject({
      code: 'limit-exceeded',
      path: 'args',
    })
  })

  it('tell where they cannot travel', () => {
    expect(readArguments(task([1, { rows: [0, () => 1] }]), null)).toMatchObject({ path: 'args[1].rows[1]' })
    expect(readArguments(task([], { on: { done: Symbol('s') } }), null)).toMatchObject({
      path: 'kwargs.on.done',
    })
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
  expect(innerTaskId({ ...task([]), options: { taskId: 'mine' } })).toMatchObject({
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
