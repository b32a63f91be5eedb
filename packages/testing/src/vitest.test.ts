import { App } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'
import { type Recorder, record } from './record.ts'
import { virtualTime } from './virtual-time.ts'
import { matchers } from './vitest.ts'

expect.extend(matchers)

async function ran(): Promise<Recorder> {
  const app = new App()
  const add = app.task('add', (a: number, b: number) => a + b)
  const recorder = record(app)
  await add.s(1, 2).pipe(add.s(3)).apply()
  return recorder
}

describe('what can be expected of a recorder', () => {
  it('is that a task was run, with some arguments, so often, in some order', async () => {
    const recorder = await ran()
    expect(recorder).toHaveRun('add')
    expect(recorder).toHaveRun('add', [3, 3])
    expect(recorder).toHaveRun('add', [expect.any(Number), 2])
    expect(recorder).not.toHaveRun('add', [1])
    expect(recorder).toHaveRunTimes('add', 2)
    expect(recorder).toHaveRunInOrder('add', 'add')
    expect(recorder).not.toHaveRunInOrder('add', 'add', 'add')
  })

  it('or else it is told what has run', async () => {
    const recorder = await ran()
    expect(() => expect(recorder).toHaveRun('add', [1])).toThrow(
      'expected it to have run add with [ 1 ], and this has run:\n  add with [ 1, 2 ]\n  add with [ 3, 3 ]',
    )
    expect(() => expect(recorder).not.toHaveRun('add')).toThrow('expected it not to have run add, and')
  })

  it('is nothing of a task that nobody could run, neither that it was run nor that it was not', async () => {
    const recorder = await ran()
    const unknown = /No task named "ad" is .* Did you mean "add"\?/
    expect(() => expect(recorder).not.toHaveRun('ad')).toThrow(unknown)
    expect(() => expect(recorder).toHaveRunTimes('ad', 0)).toThrow(unknown)
    expect(() => expect(recorder).not.toHaveRunInOrder('ad', 'add')).toThrow(unknown)
  })
})

describe('what can be expected of a handle', () => {
  it('is that it has succeeded or failed, and how', async () => {
    const app = new App()
    const half = app.task('half', (n: number) => {
      if (n % 2 === 1) throw new RangeError(`${n} is odd`)
      return n / 2
    })
    const good = await half.s(8).apply()
    await expect(good).toHaveSucceeded()
    await expect(good).toHaveSucceeded(4)
    await expect(good).not.toHaveFailed()
    await expect(expect(good).toHaveSucceeded(5)).rejects.toThrow(
      'expected it to have succeeded with 5, and its value is 4',
    )
    const bad = await half.s(7).apply()
    await expect(bad).toHaveFailed()
    await expect(bad).toHaveFailed('odd')
    await expect(bad).toHaveFailed(/^RangeError/)
    await expect(bad).not.toHaveFailed(TypeError)
    await expect(expect(bad).toHaveSucceeded()).rejects.toThrow(
      'expected it to have succeeded, and it is FAILURE: RangeError: 7 is odd',
    )
  })

  it('does not wait for what is not over', async () => {
    const app = new App()
    const half = app.task('half', (n: number) => n / 2)
    await using time = await virtualTime(app)
    const result = await time.send(half.s(8).set({ countdown: '1h' }))
    await expect(expect(result).toHaveSucceeded()).rejects.toThrow('and it is PENDING')
    await time.advance('1h')
    await expect(result).toHaveSucceeded(4)
  })
})

describe('what is neither', () => {
  it('is refused: what it is, what belongs there, and what to do', async () => {
    const app = new App()
    const half = app.task('half', (n: number) => n / 2)
    const sent = half.s(8).apply()
    await expect(expect(sent).toHaveSucceeded(4)).rejects.toThrow(
      'toHaveSucceeded was given a Promise where a handle belongs. Await it first.',
    )
    await expect(expect(sent).not.toHaveFailed()).rejects.toThrow('toHaveFailed was given a Promise')
    const result = await sent
    expect(() => expect(result).toHaveRun('half')).toThrow(
      'toHaveRun was given a handle where a recorder belongs. Give it what record(app) returns.',
    )
    expect(() => expect(sent).toHaveRunTimes('half', 1)).toThrow('toHaveRunTimes was given a Promise')
    expect(() => expect(undefined).not.toHaveRunInOrder('half')).toThrow('was given undefined')
    await expect(expect(record(app)).toHaveSucceeded()).rejects.toThrow(
      'toHaveSucceeded was given a recorder where a handle belongs. Give it what delay(), apply() or time.send() comes back with.',
    )
  })
})
