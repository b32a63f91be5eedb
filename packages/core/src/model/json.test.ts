import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, JsonRefusal, MAX_VALUE_DEPTH, sizeOfJson, toJson } from './json.ts'
import { LIMITS } from './limits.ts'

/** Any value that JSON.stringify writes without losing anything but undefined properties. */
const jsonable = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), // without -0
    fc.string({ unit: 'binary' }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ maxLength: 6 }).filter((key) => key !== '__proto__' && key !== 'toJSON'),
      fc.oneof({ weight: 9, arbitrary: tie('value') }, { weight: 1, arbitrary: fc.constant(undefined) }),
      { maxKeys: 4 },
    ),
  ),
})).value

describe('a value that JSON can carry', () => {
  it('becomes what JSON.parse(JSON.stringify(value)) gives', () => {
    fc.assert(
      fc.property(jsonable, (value) => {
        expect(toJson(value, 'value')).toStrictEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is frozen all through, and apart from what the caller holds', () => {
    const mine = { list: [{ deep: [1] }] }
    const json = toJson(mine, 'value') as { list: { deep: number[] }[] }
    expect([json, json.list, json.list[0], json.list[0]?.deep].every(Object.isFrozen)).toBe(true)
    mine.list[0]?.deep.push(2)
    expect(json).toEqual({ list: [{ deep: [1] }] })
  })

  it('may say itself how it travels', () => {
    class Money {
      readonly cents = 250
      toJSON() {
        return { amount: this.cents, at: new Date(0), unit: undefined }
      }
    }
    expect(toJson([new Money()], 'value')).toEqual([{ amount: 250, at: '1970-01-01T00:00:00.000Z' }])
    expect(toJson({ toJSON: () => 'text' }, 'value')).toBe('text')
  })

  it('may be an instance: its own enumerable properties travel', () => {
    class Point {
      x = 1
      readonly #secret = 2
      get sum() {
        return this.x + this.#secret
      }
    }
    expect(toJson(new Point(), 'value')).toEqual({ x: 1 })
  })

  it('keeps properties that are named like methods of every object', () => {
    const odd = { constructor: 1, toString: 2, hasOwnProperty: 3 }
    expect(toJson(odd, 'value')).toEqual(odd)
  })

  it('is null where it is undefined as a whole, and left out where a property is', () => {
    expect(toJson(undefined, 'result')).toBeNull()
    expect(toJson({ a: undefined, b: 1 }, 'value')).toStrictEqual({ b: 1 })
  })

  it('may be what a library makes of plain data: without a prototype, of another realm, or seen through a proxy', () => {
    const bare = Object.assign(Object.create(null), { a: 1 })
    const foreign = runInNewContext('({ empty: {}, list: [1], at: new Date(0) })')
    expect(toJson([bare, foreign, new Proxy({ a: [1] }, {})], 'value')).toEqual([
      { a: 1 },
      { empty: {}, list: [1], at: '1970-01-01T00:00:00.000Z' },
      { a: [1] },
    ])
  })

  it('may be an instance of a class that has nothing at all', () => {
    class Options {
      declare readonly depth?: number
    }
    expect(toJson([new Options(), new (class extends Options {})()], 'value')).toEqual([{}, {}])
  })

  it('may be a URL, which says itself how it travels', () => {
    expect(toJson(new URL('https://example.org/'), 'value')).toBe('https://example.org/')
  })

  it('may hold halves of characters', () => {
    const halves = ['\ud83e', 'a\udd89b', { '\udd89': 1 }]
    const json = toJson(halves, 'value') as Json
    expect(JSON.parse(JSON.stringify(json))).toEqual(halves)
  })

  it('loses what hangs on a list besides its items, as it does in JSON', () => {
    expect(toJson(/w(.)/.exec('owl'), 'value')).toStrictEqual(['wl', 'l'])
  })

  it('loses symbol keys and what is not enumerable, as it does in JSON', () => {
    const value = Object.defineProperty({ [Symbol('s')]: 1, seen: 2 }, 'hidden', { value: 3 })
    expect(toJson(value, 'value')).toStrictEqual({ seen: 2 })
  })
})

describe('a value that would be lost on the way is refused, with the path to it', () => {
  const cyclic: { next: { back?: unknown } } = { next: {} }
  cyclic.next.back = cyclic
  it.each<[string, unknown, string, RegExp]>([
    ['a function', () => 1, 'args', /a function cannot travel/],
    ['a function in an object', { on: { done: () => 1 } }, 'args.on.done', /a function cannot travel/],
    ['a symbol', [Symbol('s')], 'args[0]', /a symbol cannot travel/],
    ['a bigint', [1, [2n]], 'args[1][0]', /a bigint cannot travel/],
    ['undefined in a list', [1, undefined], 'args[1]', /undefined in a list/],
    ['a hole in a list', [new Array(1)], 'args[0][0]', /undefined in a list/],
    ['NaN', { total: Number.NaN }, 'args.total', /NaN has no JSON form/],
    ['Infinity', [Number.POSITIVE_INFINITY], 'args[0]', /Infinity has no JSON form/],
    ['a Map', { seen: new Map() }, 'args.seen', /a Map would arrive empty/],
    ['a Set', [new Set([1])], 'args[0]', /a Set would arrive empty/],
    ['a WeakMap', [new WeakMap()], 'args[0]', /an instance of WeakMap would arrive empty/],
    ['a WeakRef', [new WeakRef({})], 'args[0]', /an instance of WeakRef would arrive empty/],
    ['a RegExp', { like: /x/ }, 'args.like', /a RegExp would arrive empty: send its source/],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'args.at', /an invalid Date would arrive as null/],
    ['an invalid Date of another realm', [runInNewContext('new Date(NaN)')], 'args[0]', /an invalid Date/],
    ['a Map of another realm', [runInNewContext('new Map()')], 'args[0]', /a Map would arrive empty/],
    ['an Error of another realm', [runInNewContext('new Error()')], 'args[0]', /send its message/],
    ['what extends a Map', [new (class Index extends Map {})()], 'args[0]', /a Map would arrive empty/],
    ['URLSearchParams', [new URLSearchParams('a=1')], 'args[0]', /URLSearchParams would arrive empty/],
    ['Headers', [new Headers({ a: '1' })], 'args[0]', /an instance of Headers would arrive empty/],
    ['a generator', { rows: rows() }, 'args.rows', /would arrive empty/],
    ['an iterator', [[1].values()], 'args[0]', /would arrive empty/],
    ['a boxed bigint', [Object(1n)], 'args[0]', /an instance of BigInt would arrive empty/],
    ['a boxed symbol', [Object(Symbol('s'))], 'args[0]', /an instance of Symbol would arrive empty/],
    ['what hides all it holds', [new Secret()], 'args[0]', /an instance of Secret would arrive empty/],
    ['what only inherits data', [Object.create({ a: 1 })], 'args[0]', /would arrive empty/],
    ['a getter that throws', { a: [thrower] }, 'args.a[0].b', /reading it failed with RangeError: too far/],
    ['a toJSON that throws', { a: { toJSON: tooFar } }, 'args.a', /failed with RangeError: too far/],
    ['a proxy that was revoked', { a: revoked() }, 'args.a', /reading it failed with TypeError: .*revoked/],
    ['a proxy that hides its keys', [new Proxy({}, { ownKeys: tooFar })], 'args[0]', /too far/],
    ['a box that is its own content', [ownContent()], 'args[0]', /an instance of Number would arrive empty/],
    ['a Promise', [Promise.resolve(1)], 'args[0]', /await it first/],
    ['an Error', { error: new TypeError('x') }, 'args.error', /send its message/],
    ['binary data', { image: new Uint8Array(2) }, 'args.image', /base64/],
    ['an ArrayBuffer', [new ArrayBuffer(2)], 'args[0]', /base64/],
    ['a key that needs quotes', { 'a b': { 1: () => 1 } }, 'args["a b"]["1"]', /a function/],
    [
      'a key named __proto__',
      JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
      'args.a.__proto__',
      /refused/,
    ],
    ['what a toJSON method gives', { toJSON: () => ({ a: [2n] }) }, 'args.a[0]', /a bigint/],
  ])('%s', (_what, value, path, reason) => {
    const refusal = toJson(value, 'args')
    expect(refusal).toBeInstanceOf(JsonRefusal)
    expect(refusal).toMatchObject({ path, reason: expect.stringMatching(reason) })
  })

  it('what cannot be read, with what was thrown', () => {
    const thrown = new RangeError('too far')
    expect(toJson(() => 1, 'args')).not.toHaveProperty('cause')
    expect(
      toJson(
        {
          get a() {
            throw thrown
          },
        },
        'args',
      ),
    ).toMatchObject({ path: 'args.a', cause: thrown })
  })

  it('a cycle', () => {
    const refusal = toJson(cyclic, 'args')
    expect(refusal).toBeInstanceOf(JsonRefusal)
    expect(refusal).toMatchObject({ path: 'args.next.back', reason: 'closes a circle: it is args again' })
    const list: unknown[] = [1]
    list.push({ list })
    expect(toJson({ of: list }, 'args')).toMatchObject({
      path: 'args.of[1].list',
      reason: 'closes a circle: it is args.of again',
    })
  })

  it('what goes on for ever without coming round, by what can be told of it', () => {
    class Endless {
      get more(): Endless {
        return new Endless()
      }
      toJSON(): object {
        return { more: this.more }
      }
    }
    expect(toJson(new Endless(), 'args')).toMatchObject({ reason: expect.stringContaining('or cyclic') })
  })

  it('what is nested too deep, by a path that is short: what is in its middle is left out', () => {
    let deep: unknown = 1
    for (let i = 0; i < 2_000; i++) deep = { next: deep }
    const { path } = toJson(deep, 'args') as JsonRefusal
    expect(path.length).toBeLessThanOrEqual(LIMITS.pathCharacters)
    expect(path).toMatch(/^args\.next\.next.* … \d+ characters … .*\.next$/)
    expect((toJson({ ['k'.repeat(1_000_000)]: 1n }, 'args') as JsonRefusal).path.length).toBeLessThan(300)
  })

  it('the same value over and over, doubling at each level, though it is no cycle', () => {
    let value: unknown = 1
    for (let i = 0; i < 100; i++) value = [value, value]
    expect(toJson(value, 'args')).toMatchObject({
      reason: expect.stringContaining(`more than ${LIMITS.valueItems} items`),
    })
  })

  it('a list that is longer than any that could be sent, before it is read', () => {
    expect(toJson(new Array(4_000_000_000), 'args')).toMatchObject({
      path: 'args',
      reason: expect.stringContaining(`more than ${LIMITS.valueItems} items`),
    })
  })

  it('or else it is JSON, whatever it is', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        const json = toJson(value, 'value')
        if (json instanceof JsonRefusal) return
        expect(json).toStrictEqual(JSON.parse(JSON.stringify(value) ?? 'null'))
      }),
    )
  })

  it('the first one found, and nothing is changed', () => {
    const value = Object.freeze({ a: Object.freeze([1n, () => 1]) })
    expect(toJson(value, 'args')).toMatchObject({ path: 'args.a[0]' })
  })
})

describe('nesting', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 0
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { in: value }
    return value
  }

  it(`may be ${MAX_VALUE_DEPTH} deep, but not much deeper`, () => {
    expect(toJson(nested(MAX_VALUE_DEPTH), 'args')).toEqual(nested(MAX_VALUE_DEPTH))
    expect(toJson(nested(MAX_VALUE_DEPTH + 2), 'args')).toMatchObject({
      reason: expect.stringContaining(`deeper than ${MAX_VALUE_DEPTH}`),
    })
  })

  it('that is far too deep is refused without an overflow', () => {
    expect(toJson(nested(100_000), 'args')).toBeInstanceOf(JsonRefusal)
  })

  it('does not make siblings deeper', () => {
    const wide = Array.from({ length: MAX_VALUE_DEPTH * 2 }, () => [[]])
    expect(toJson(wide, 'args')).toEqual(wide)
  })
})

describe('reading cannot pollute prototypes', () => {
  it('in any object, at any depth', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        toJson(JSON.parse(text), 'value')
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
    )
  })
})

describe('the size of a value', () => {
  it('is that of its text: for plain ASCII it is never too small, and at most one byte a container too large', () => {
    const ascii = fc.stringMatching(/^[a-zA-Z0-9 .,:;_-]{0,20}$/)
    const plain = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(null, true, false),
        fc.integer(),
        ascii,
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(ascii, tie('value'), { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<Json>,
      ),
    })).value
    fc.assert(
      fc.property(plain, (value) => {
        const bytes = Buffer.byteLength(JSON.stringify(value))
        expect(sizeOfJson(value)).toBeGreaterThanOrEqual(bytes)
        expect(sizeOfJson(value)).toBeLessThanOrEqual(bytes + containersIn(value))
      }),
    )
  })

  it('is exact for what has nothing in it', () => {
    for (const value of [null, true, false, 0, 7, 10, -3, 123456, '', 'abc', [], {}]) {
      expect(sizeOfJson(value), String(value)).toBe(JSON.stringify(value).length)
    }
  })

  it('is that of its text for fractions as well', () => {
    const odds = Array.from({ length: 100 }, (_, i) => 1 / (i + 3))
    expect(sizeOfJson(odds)).toBeGreaterThanOrEqual(JSON.stringify(odds).length)
  })

  it('is that of its text in UTF-8 as well', () => {
    expect(sizeOfJson('€'.repeat(100))).toBeGreaterThanOrEqual(
      Buffer.byteLength(JSON.stringify('€'.repeat(100))),
    )
  })
})

describe('what JSON would write in another way', () => {
  it('is written as JSON writes it: -0 is 0', () => {
    expect(Object.is(toJson(-0, 'value'), 0)).toBe(true)
  })

  it('is written as JSON writes it: boxed texts and numbers are texts and numbers', () => {
    const boxed = { text: Object('x'), number: Object(5), flag: Object(true) }
    expect(toJson(boxed, 'value')).toEqual({ text: 'x', number: 5, flag: true })
  })

  it('is written as JSON writes it: a property whose toJSON gives undefined is left out', () => {
    expect(toJson({ a: { toJSON: () => undefined } }, 'value')).toStrictEqual({})
  })
})

class Secret {
  readonly #cents = 250
  get cents() {
    return this.#cents
  }
}

const thrower = Object.defineProperty({}, 'b', { enumerable: true, get: tooFar })

function tooFar(): never {
  throw new RangeError('too far')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function ownContent(): object {
  const box: object = Object(5)
  return Object.defineProperty(box, 'valueOf', { value: () => box })
}

function* rows() {
  yield 1
}

function containersIn(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, item) => sum + containersIn(item as Json), 1)
}
