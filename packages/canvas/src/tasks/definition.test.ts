import { type CallMessage, PLAIN_TASK, TaskContext, type TaskWorld } from '@arpeggio/core'
import { describe, expect, it, vi } from 'vitest'
import type { AnyFunction, TaskOptions } from '../task.ts'
import { defineTask, directContext } from './definition.ts'

describe('a task as workers see it', () => {
  it('has Celery’s defaults', () => {
    expect(define({ name: 't' }).task).toMatchObject({
      ...{ name: 't', maxRetries: 3, defaultRetryDelay: 180_000, retryBackoff: 0, retryBackoffMax: 600_000 },
      ...{ retryJitter: true, autoretryFor: [], dontAutoretryFor: [] },
    })
  })

  it.each<[TaskOptions['retryBackoff'] & {}, number]>([
    [true, 1_000],
    [false, 0],
    [5, 5_000],
    [0.5, 500],
    [0, 0],
    ['250ms', 250],
    ['0.5s', 500],
  ])('backs off from %o: %i ms', (retryBackoff, ms) => {
    expect(define({ name: 't', retryBackoff }).task.retryBackoff).toBe(ms)
  })

  it.each<[unknown, string]>([
    [-1, 'option-invalid'],
    [Number.NaN, 'option-invalid'],
    [Number.POSITIVE_INFINITY, 'option-invalid'],
    [null, 'option-invalid'],
    ['', 'option-invalid'],
    ['-1s', 'option-invalid'],
    ['soon', 'option-invalid'],
    ['true', 'option-invalid'],
  ])('does not back off from %o', (retryBackoff, code) => {
    const says =
      /retryBackoff of the task t cannot be .*\. Give true, .*, or where to begin: a number of seconds/
    expect(() => define({ name: 't', retryBackoff: retryBackoff as never })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says) }),
    )
  })

  it('reads durations, and says whose they are when they are none', () => {
    expect(define({ name: 't', defaultRetryDelay: '10s', retryBackoffMax: '1h' }).task).toMatchObject({
      ...{ defaultRetryDelay: 10_000, retryBackoffMax: 3_600_000 },
    })
    expect(() => define({ name: 't', defaultRetryDelay: 'soon' as never })).toThrow(
      /^defaultRetryDelay of the task t is "soon"/,
    )
  })

  it('may retry for ever', () => {
    expect(define({ name: 't', maxRetries: Number.POSITIVE_INFINITY }).task.maxRetries).toBe(
      Number.POSITIVE_INFINITY,
    )
  })

  it('is named after its function, unless it is named', () => {
    function named(): void {}
    expect(defineTask(named, {}).task.name).toBe('named')
    expect(defineTask(named, { name: 'other' }).task.name).toBe('other')
  })

  it('says where and how its calls run, and nothing it was not told', () => {
    expect(define({ name: 't' }).own).toEqual({})
    const { own } = define({
      name: 't',
      queue: 'low',
      priority: 1,
      timeLimit: '1m',
      softTimeLimit: 500,
      ignoreResult: true,
    })
    expect(own).toEqual({
      queue: 'low',
      priority: 1,
      timeLimit: 60_000,
      softTimeLimit: 500,
      ignoreResult: true,
    })
    expect(Object.isFrozen(own)).toBe(true)
  })

  it('knows how many arguments it takes, itself not counted, unless it is told not to', () => {
    const fn = (_self: unknown, _a: unknown, _b: unknown): void => {}
    expect(defineTask(fn, { name: 't' }).mostArguments).toBe(3)
    expect(defineTask(fn, { name: 't', bind: true }).mostArguments).toBe(2)
    expect(defineTask(fn, { name: 't', typing: false }).mostArguments).toBeNull()
  })

  it('takes no arguments, not minus one, when it is bound and has no use for itself', () => {
    expect(defineTask(() => 1, { name: 't', bind: true }).mostArguments).toBe(0)
  })

  it('takes any number of arguments when it is a mock: those do not tell', () => {
    expect(defineTask(vi.fn(), { name: 't' }).mostArguments).toBe(Number.POSITIVE_INFINITY)
    const mock = vi.fn((self: unknown, n: number) => [self, n])
    expect(defineTask(mock, { name: 't', bind: true }).mostArguments).toBe(Number.POSITIVE_INFINITY)
  })

  it('names the errors that come back as themselves', () => {
    const [One, Two, Three] = [class extends Error {}, class extends Error {}, class extends Error {}]
    const { errors } = define({ name: 't', autoretryFor: [One], dontAutoretryFor: [Two], throws: [Three] })
    expect(errors).toEqual([One, Two, Three])
  })
})

describe('what may be said of a task', () => {
  it('is Celery’s, but for the acknowledgement: it comes late', () => {
    expect(define({ name: 't' }).task).toMatchObject({
      ...{ acksLate: true, rejectOnWorkerLost: true, trackStarted: false, retryKwargs: {}, throws: [] },
    })
    const said = {
      acksLate: false,
      rejectOnWorkerLost: false,
      trackStarted: true,
      retryKwargs: { countdown: 5 },
    }
    expect(define({ name: 't', ...said }).task).toMatchObject(said)
  })

  it.each<[object, RegExp]>([
    [{ retryKwargs: { countdown: 'soon' } }, /^countdown in retryKwargs of the task t is "soon"/],
    [{ retryKwargs: { maxRetries: -1 } }, /^The option maxRetries of retryKwargs of the task t cannot be -1/],
    [{ retryKwargs: { max: 1 } }, /^retryKwargs of the task t has no option "max"/],
    [{ storeErrorsEvenIfIgnored: false }, /errors are always kept/],
    [{ acksLate: 'no' }, /^The option acksLate of the task t cannot be "no"/],
  ])('is refused where it is impossible: %o', (options, says) => {
    expect(() => define({ name: 't', ...options } as never)).toThrow(says)
  })
})

describe('running it', () => {
  const given = (fn: AnyFunction, options: TaskOptions, kwargs = {}) =>
    defineTask(fn, { name: 't', ...options }).task.run([1, 2], kwargs, SELF)
  const all = (...args: readonly unknown[]): unknown => args

  it('gives it its arguments, and keyword arguments as one last object', () => {
    expect(given(all, {})).toEqual([1, 2])
    expect(given(all, {}, { k: 3 })).toEqual([1, 2, { k: 3 }])
  })

  it('puts itself in front where it is bound', () => {
    expect(given(all, { bind: true })).toEqual([SELF, 1, 2])
    expect(given(all, { bind: true }, { k: 3 })).toEqual([SELF, 1, 2, { k: 3 }])
  })
})

it('called as a plain function, a bound task is given a context that stands alone', () => {
  const self = directContext(define({ name: 't' }).task, [1], WORLD)
  expect(self.request).toMatchObject({
    task: 't',
    args: [1],
    retries: 0,
    parentId: null,
    group: null,
    isEager: false,
  })
  expect(self.request.rootId).toBe(self.request.id)
  expect(self.signal.aborted).toBe(false)
  expect(() => self.addToChord({ toPlan: () => ({}) as never })).toThrow(
    expect.objectContaining({ code: 'not-in-task' }),
  )
})

const WORLD = { isEager: false } as TaskWorld
const SELF = new TaskContext({} as CallMessage, PLAIN_TASK, 1, WORLD)

function define(options: TaskOptions & { readonly name: string }) {
  return defineTask(() => 1, options)
}
