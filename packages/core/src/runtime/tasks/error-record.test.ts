import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArpeggioError, ChordError, MaxRetriesExceededError, TaskRevokedError } from '../../model/errors.ts'
import { LIMITS } from '../../model/limits.ts'
import type { ErrorRecord } from '../../model/outcome.ts'
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
    expect(messages(trip(one))).toEqual(['one', 'two', 'one'])
  })

  it('has as many causes as there is room for, and says that there were more', () => {
    const back = trip(chainOf(1_000))
    expect(messages(back)).toHaveLength(LIMITS.errorsInError)
    let last = back
    while (last.cause instanceof Error) last = last.cause
    expect(last).toMatchObject({ leftOut: '1 of 1 causes' })
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
    expect(record.data).toEqual({ kept: { a: [1] }, leftOut: 'socket, cyclic, big' })
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
    ['an object', {}, 'Error: a task threw {}, not an Error'],
    ['a list', ['a', 1], 'Error: a task threw ["a",1], not an Error'],
    ['what is like an error', { message: 'no' }, 'Error: a task threw {"message":"no"}, not an Error'],
    ['a function', function go() {}, 'Error: a task threw the function go, not an Error'],
    ['a bigint', 5n, 'Error: a task threw 5n, not an Error'],
    ['a Map', new Map(), 'Error: a task threw an instance of Map, not an Error'],
    [
      'what JSON can only carry a part of',
      { status: 404, body: 1n, retry: () => 1 },
      'Error: a task threw an object with {"status":404}, not an Error',
    ],
    [
      'a proxy that was revoked',
      revoked(),
      'Error: a task threw an object that cannot be read, not an Error',
    ],
    ['an object without a prototype', Object.create(null), 'Error: a task threw {}, not an Error'],
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

describe('what is recorded as an error', () => {
  it('is an error of another realm', () => {
    const foreign = runInNewContext(
      "Object.assign(new TypeError('no', { cause: new RangeError('far') }), { status: 404 })",
    )
    expect(foreign).not.toBeInstanceOf(Error)
    expect(trip(foreign)).toBeInstanceOf(TypeError)
    expect(trip(foreign)).toMatchObject({ message: 'no', status: 404, cause: { message: 'far' } })
    const many = runInNewContext("new AggregateError([new Error('a'), new Error('b')], 'many')")
    expect(trip(many)).toMatchObject({ name: 'AggregateError', errors: [{ message: 'a' }, { message: 'b' }] })
  })

  it('is what has a name, a message and a stack', () => {
    const like = { name: 'GoneError', message: 'gone', stack: 'at …', code: 'GONE', status: 410 }
    expect(recordError(like)).toEqual({
      type: 'GoneError',
      message: 'gone',
      stack: 'at …',
      cause: null,
      code: 'GONE',
      data: { status: 410 },
    })
    expect(recordError({ ...like, name: 'Error' }).type).toBe('Error')
  })

  it('is an error that is frozen', () => {
    expect(recordError(Object.freeze(new TypeError('x')))).toMatchObject({ type: 'TypeError', message: 'x' })
  })

  it('is an error whose parts are no texts, in words', () => {
    const odd = { message: ['too short', 'too old'], name: 5, stack: {}, code: { a: 1 }, errors: 'none' }
    expect(recordError(Object.assign(new RangeError('x'), odd))).toEqual({
      type: 'RangeError',
      message: '["too short","too old"]',
      stack: null,
      cause: null,
      data: { code: { a: 1 }, errors: 'none' },
    })
  })

  it('is an error whose parts cannot be read, as far as they can', () => {
    const error = new TypeError('x')
    const { stack } = error
    for (const key of ['message', 'cause', 'errors', 'code', 'status']) {
      Object.defineProperty(error, key, { enumerable: true, get: fails })
    }
    expect(recordError(error)).toMatchObject({
      type: 'TypeError',
      message: '',
      stack,
      cause: null,
    })
  })

  it('is a list of errors, on whatever error; a list of anything else is data', () => {
    const issues = [{ path: 'a', message: 'required' }]
    expect(trip(Object.assign(new Error('x'), { errors: [new Error('a')] }))).toMatchObject({
      errors: [expect.any(Error)],
    })
    expect(trip(Object.assign(new Error('x'), { errors: issues }))).toMatchObject({ errors: issues })
    expect(trip(new AggregateError(['a', 5], 'many'))).toMatchObject({
      errors: [{ message: 'a task threw "a", not an Error' }, { message: 'a task threw 5, not an Error' }],
    })
  })

  it('is an AggregateError that contains itself', () => {
    const many = new AggregateError([new Error('a')], 'many')
    many.errors.push(many)
    expect(recordError(many).errors).toMatchObject([{ message: 'a' }, { message: 'many', stack: null }])
  })

  it('is a chord whose list of members is none', () => {
    const members = 'nobody' as never
    expect(trip(new ChordError('x', members))).toMatchObject({ message: 'x', members: [] })
  })

  it('keeps a property that would change what the error is out of its data', () => {
    const error = Object.assign(new Error('x'), JSON.parse('{"a":1,"constructor":{"name":"Fake"}}') as object)
    Object.defineProperty(error, '__proto__', { enumerable: true, value: { admin: true } })
    expect(recordError(error).data).toEqual({ a: 1 })
  })
})

describe('recording never fails', () => {
  const trap = fc.constantFrom('get', 'getPrototypeOf', 'ownKeys', 'has', 'getOwnPropertyDescriptor')
  const parts = fc.dictionary(
    fc.constantFrom('name', 'message', 'stack', 'cause', 'errors', 'code', 'members', 'constructor', 'data'),
    fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true, withMap: true }),
  )

  it('whatever is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true }), isRecorded),
    )
  })

  it('whatever the parts of an error are', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(Error, ChordError, AggregateError), (odd, Known) => {
        const error = Object.create(Known.prototype)
        for (const [key, value] of Object.entries(odd))
          Object.defineProperty(error, key, { value, enumerable: true })
        isRecorded(error)
      }),
    )
  })

  it('whatever of it throws', () => {
    fc.assert(
      fc.property(
        fc.array(trap),
        fc.constantFrom(new Error('x'), {}, [], () => 1),
        (traps, target) => {
          const proxy = new Proxy(target, Object.fromEntries(traps.map((name) => [name, fails])))
          isRecorded(proxy)
          isRecorded(new Error('x', { cause: proxy }))
          isRecorded(Object.assign(new AggregateError([proxy]), { proxy }))
          isRecorded(Object.assign(new ChordError('x'), { members: proxy }))
        },
      ),
    )
  })
})

it('what answers once and never again is still told', () => {
  let asked = 0
  const getPrototypeOf = () => (asked++ === 0 ? Error.prototype : fails())
  expect(recordError(new Proxy({}, { getPrototypeOf })).message).toMatch(
    /^a task threw an object that cannot/,
  )
})

describe('a record has a size', () => {
  const long = 'x'.repeat(1_000_000)

  it('a long message and a long stack lose their middle, and say how much', () => {
    const { message, stack } = recordError(new Error(`begin ${long}`))
    expect(message.length).toBeLessThanOrEqual(LIMITS.errorTextCharacters)
    expect(message).toMatch(/^begin x+ … 98\d{4} characters … x+$/)
    expect(stack?.length).toBeLessThanOrEqual(LIMITS.errorTextCharacters)
    expect(stack).toMatch(/^Error: begin x+ … \d+ characters … x+\n +at .*error-record\.test/)
  })

  it('a long text that was thrown does so as well', () => {
    expect(recordError(long).message).toMatch(/^a task threw "x+ … \d+ characters … x+", not an Error$/)
    expect(recordError([long]).message.length).toBeLessThanOrEqual(LIMITS.errorTextCharacters)
  })

  it('a property that is too large is left out, and named', () => {
    const error = Object.assign(new Error('x'), { status: 500, body: long, rows: new Array(1e6).fill(0) })
    expect(recordError(error).data).toEqual({ status: 500, leftOut: 'body, rows' })
  })

  it('a property that doubles at each level is left out at once', () => {
    let bomb: unknown = 1
    for (let i = 0; i < 100; i++) bomb = { a: bomb, b: bomb }
    expect(recordError(Object.assign(new Error('x'), { bomb })).data).toEqual({ leftOut: 'bomb' })
    expect(recordError(bomb).message).toBe('a task threw an object, not an Error')
  })

  it('of many errors in one, some are kept', () => {
    const record = recordError(new AggregateError(Array.from({ length: 1_000 }, () => new Error('a'))))
    expect(record.errors).toHaveLength(LIMITS.errorsInError - 1)
    expect(record.data).toEqual({ leftOut: '937 of 1000 errors' })
  })

  it('of many members of a chord, as many as there is room for', () => {
    const error = { type: 'Error', message: 'x'.repeat(10_000), stack: null, cause: null }
    const members = Array.from({ length: 100 }, (_, index) => ({ id: `r.${index}`, index, error }))
    const record = recordError(new ChordError('x', members))
    expect(record.members).toEqual(members.slice(0, 25))
    expect(record.data).toEqual({ leftOut: '75 of 100 members' })
  })

  it.each([
    ['all long', new Error(long)],
    ['full of characters that JSON writes as six', new Error('\u0001'.repeat(1_000_000))],
    [
      'full of large data',
      Object.assign(new Error('x'), Object.fromEntries(alphabet((key) => [key, long.slice(30_000)]))),
    ],
    ['a thousand causes, all long', chainOf(1_000, long)],
    ['errors in errors in errors, all long', treeOf(4, long)],
    ['a chord of long members', chordOf(1_000, long)],
    ['named like a book', Object.assign(new Error('x'), { name: long, code: long })],
    ['a text', '\u0001'.repeat(1_000_000)],
  ])('an error that is %s has a record that is not too large', (_what, error) => {
    const bytes = Buffer.byteLength(JSON.stringify(recordError(error)))
    expect(bytes).toBeLessThan(LIMITS.errorBytes * 1.1)
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

describe('reviving never fails', () => {
  it('however long the chain of causes is', () => {
    let record: ErrorRecord = { type: 'RangeError', message: 'bottom', stack: null, cause: null }
    for (let i = 0; i < 100_000; i++) record = { type: 'Error', message: 'x', stack: null, cause: record }
    let error: unknown = reviveError(record, new Map())
    while (error instanceof Error && error.cause !== undefined) error = error.cause
    expect(error).toBeInstanceOf(RangeError)
  })

  it('where a record is part of itself', () => {
    const record = { type: 'Error', message: 'x', stack: null, cause: null as unknown }
    record.cause = record
    const back = reviveError(record as ErrorRecord, new Map())
    expect(back.cause).toBe(back)
  })

  it('whatever the record is, and gives an error with a name, a message and a stack', () => {
    const field = fc.jsonValue({ maxDepth: 2 })
    const keys = ['type', 'message', 'stack', 'cause', 'code', 'data', 'errors', 'members'] as const
    const odd = fc.record(Object.fromEntries(keys.map((key) => [key, field])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.oneof(odd, field), (record) => {
        const back = reviveError(record as never, new Map())
        expect(back).toBeInstanceOf(Error)
        expect([typeof back.name, typeof back.message, typeof back.stack]).toEqual([
          'string',
          'string',
          'string',
        ])
        isRecorded(back)
      }),
    )
  })

  it('and data has no say in what the error is made of', () => {
    const data = JSON.parse('{"constructor":{"name":"Fake"},"__proto__":{"admin":true},"status":1}')
    const back = reviveError({ type: 'Error', message: 'x', stack: null, cause: null, data }, new Map())
    expect(Object.keys(back)).toEqual(['status'])
    expect(Object.hasOwn(back, '__proto__')).toBe(false)
    expect(back.constructor).toBe(Error)
  })
})

/** That it has a record, which is JSON, whole, and can be revived. */
function isRecorded(thrown: unknown): void {
  const record = recordError(thrown)
  expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  expect(record).toMatchObject({ type: expect.any(String), message: expect.any(String) })
  expect(reviveError(record, new Map())).toBeInstanceOf(Error)
}

function messages(error: unknown): string[] {
  const all: string[] = []
  for (let here = error; here instanceof Error; here = here.cause) all.push(here.message)
  return all
}

function chainOf(length: number, message = 'x'): Error {
  let error = new Error(message)
  for (let i = 1; i < length; i++) error = new Error(message, { cause: error })
  return error
}

function treeOf(levels: number, message: string): Error {
  if (levels === 0) return new Error(message)
  return new AggregateError(
    [1, 2, 3, 4].map(() => treeOf(levels - 1, message)),
    message,
  )
}

function chordOf(size: number, message: string): Error {
  const error = { type: 'Error', message, stack: null, cause: null }
  return new ChordError(
    message,
    Array.from({ length: size }, (_, index) => ({ id: `r.${index}`, index, error })),
  )
}

function alphabet<T>(make: (letter: string) => T): T[] {
  return [...'abcdefghijklmnopqrstuvwxyz'].map(make)
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function fails(): never {
  throw new RangeError('no')
}

/** Through JSON and back. */
function trip(thrown: unknown, ...classes: ErrorClass[]): Error {
  const record = JSON.parse(JSON.stringify(recordError(thrown))) as ErrorRecord
  return reviveError(record, new Map(classes.map((known) => [known.name, known])))
}
