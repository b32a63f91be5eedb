import { describe, expect, it } from 'vitest'
import { ArpeggioError, ChordError, MaxRetriesExceededError, TaskRevokedError } from '../model/errors.ts'
import type { ErrorRecord } from '../model/outcome.ts'
import { type ErrorClass, recordError, reviveError } from './error-record.ts'

let constructed = 0

class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly body: unknown
  constructor(status: number, body: unknown = null) {
    super(`status ${status}`)
    constructed++
    this.status = status
    this.body = body
  }
  get isServerFault(): boolean {
    return this.status >= 500
  }
}

describe('an error that comes back', () => {
  it('has the name, the message and the stack it had in the worker', () => {
    const error = new TypeError('not a page')
    const back = trip(error)
    expect(back).toBeInstanceOf(TypeError)
    expect([back.name, back.message, back.stack]).toEqual(['TypeError', 'not a page', error.stack])
    expect(String(back)).toBe('TypeError: not a page')
  })

  it('of a registered class is of that class, with its own properties, and its constructor was not called', () => {
    const error = new HttpError(503, { retryAfter: 5 })
    const before = constructed
    const back = trip(error, HttpError)
    expect(constructed).toBe(before)
    expect(back).toBeInstanceOf(HttpError)
    expect(back).toMatchObject({
      status: 503,
      body: { retryAfter: 5 },
      isServerFault: true,
      message: 'status 503',
    })
    expect(Object.keys(back).sort()).toEqual(['body', 'status'])
  })

  it('of an unknown class is an Error that has all it had', () => {
    const back = trip(new HttpError(503))
    expect(back).toBeInstanceOf(Error)
    expect(back).not.toBeInstanceOf(HttpError)
    expect(back).toMatchObject({ name: 'HttpError', message: 'status 503', status: 503 })
    expect(back.stack).toContain('error-record.test')
  })

  it('has its causes, each as itself', () => {
    const root = new HttpError(500)
    const back = trip(new Error('outer', { cause: new RangeError('middle', { cause: root }) }), HttpError)
    expect(back.cause).toBeInstanceOf(RangeError)
    expect((back.cause as Error).cause).toBeInstanceOf(HttpError)
    expect((back.cause as Error).cause).toMatchObject({ status: 500 })
  })

  it('has a cause that was no error told in words', () => {
    expect(trip(new Error('outer', { cause: 'the disk is full' })).cause).toMatchObject({
      message: expect.stringContaining('"the disk is full"'),
    })
  })

  it('has an end of causes, also where they go round', () => {
    const one: Error & { cause?: unknown } = new Error('one')
    one.cause = new Error('two', { cause: one })
    let depth = 0
    for (let error: unknown = trip(one); error instanceof Error; error = error.cause) depth++
    expect(depth).toBeGreaterThan(2)
    expect(depth).toBeLessThan(20)
  })

  it.each([
    new ArpeggioError('task-unknown', 'nobody'),
    new TaskRevokedError('gone'),
    new MaxRetriesExceededError('spent'),
  ])('of our own is itself, with its code: $code', (error) => {
    const back = trip(error)
    expect(back).toBeInstanceOf(error.constructor)
    expect(back).toMatchObject({ code: error.code, name: error.name })
  })

  it('of a chord lists the members that failed', () => {
    const members = [
      { id: 'r.1', index: 1, error: { type: 'Error', message: 'boom', stack: null, cause: null } },
    ]
    const back = trip(new ChordError('1 of 2 members failed', members))
    expect(back).toBeInstanceOf(ChordError)
    expect(back).toMatchObject({ code: 'chord-failed', members })
  })

  it('shows its own properties only: name, message and stack are as hidden as in any error', () => {
    expect(Object.keys(trip(new Error('x')))).toEqual([])
    expect(JSON.stringify(trip(new HttpError(404), HttpError))).toBe('{"status":404,"body":null}')
  })

  it('may be changed and thrown again like any other', () => {
    const back = trip(new Error('x'))
    back.message = 'y'
    expect(() => {
      throw back
    }).toThrow('y')
  })

  it('of a registered class that never set its name is of that class all the same', () => {
    class Plain extends Error {}
    expect(trip(new Plain('x'), Plain)).toBeInstanceOf(Plain)
  })

  it('keeps a code that is a text', () => {
    expect(trip(Object.assign(new Error('x'), { code: 'ENOENT' }))).toMatchObject({ code: 'ENOENT' })
  })

  it('keeps a code that is a number', () => {
    expect(trip(Object.assign(new Error('x'), { code: 404 }))).toMatchObject({ code: 404 })
  })

  it('keeps a property named members, also where it is no chord', () => {
    expect(trip(Object.assign(new Error('x'), { members: ['a'] }))).toMatchObject({ members: ['a'] })
  })

  it('keeps the errors of an AggregateError', () => {
    expect(trip(new AggregateError([new Error('a')], 'many'))).toMatchObject({ errors: [{ message: 'a' }] })
  })
})

describe('the record of an error', () => {
  it('is JSON, whatever hangs on the error', () => {
    const error = Object.assign(new Error('x'), {
      socket: new Map(),
      retry: () => 1,
      cyclic: {} as { self?: unknown },
      big: 1n,
      kept: { a: [1] },
      nothing: undefined,
    })
    error.cyclic.self = error.cyclic
    const record = recordError(error)
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
    expect(record.data).toEqual({ kept: { a: [1] } })
  })

  it('has no data where the error has nothing of its own', () => {
    expect(Object.keys(recordError(new Error('x'))).sort()).toEqual(['cause', 'message', 'stack', 'type'])
  })

  it.each([
    ['a text', 'no', 'Error: a task threw "no", not an Error'],
    ['a number', 42, 'Error: a task threw 42, not an Error'],
    ['nothing', undefined, 'Error: a task threw undefined, not an Error'],
    ['null', null, 'Error: a task threw null, not an Error'],
    ['a symbol', Symbol('s'), 'Error: a task threw Symbol(s), not an Error'],
    ['an object', {}, 'Error: a task threw [object Object], not an Error'],
    ['an object without a prototype', Object.create(null), 'Error: a task threw a object, not an Error'],
  ])('of %s that was thrown tells what it was', (_what, thrown, text) => {
    const record = recordError(thrown)
    expect(`${record.type}: ${record.message}`).toBe(text)
    expect(trip(thrown)).toBeInstanceOf(Error)
  })

  it('may lack a stack, as records of other languages do', () => {
    const foreign: ErrorRecord = { type: 'ValueError', message: 'bad', stack: null, cause: null }
    expect(reviveError(foreign, new Map())).toMatchObject({ name: 'ValueError', stack: 'ValueError: bad' })
  })
})

describe('reviving is safe', () => {
  it('a record that names itself after something else of ours is still an Error', () => {
    for (const type of ['Object', 'constructor', '__proto__', 'Map', '']) {
      const back = reviveError({ type, message: 'x', stack: null, cause: null }, new Map())
      expect(back).toBeInstanceOf(Error)
      expect([back.name, Object.getPrototypeOf(back)]).toEqual([type, Error.prototype])
    }
  })

  it('data cannot change the prototype, nor what the error says it is', () => {
    const data = JSON.parse(
      '{"__proto__":{"admin":true},"name":"Fake","message":"fake","stack":"fake","then":1}',
    )
    const back = reviveError({ type: 'Error', message: 'true', stack: 'at …', cause: null, data }, new Map())
    expect([back.name, back.message, back.stack]).toEqual(['Error', 'true', 'at …'])
    expect((back as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(Object.getPrototypeOf(back)).toBe(Error.prototype)
  })
})

/** Through JSON and back. */
function trip(thrown: unknown, ...classes: ErrorClass[]): Error {
  const record = JSON.parse(JSON.stringify(recordError(thrown))) as ErrorRecord
  return reviveError(record, new Map(classes.map((known) => [known.name, known])))
}
