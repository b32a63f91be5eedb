import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from './limits.ts'
import { show } from './show.ts'

class Page {
  url = '/owl'
}

describe('a value in the words of an error', () => {
  it.each<[unknown, string]>([
    ['text', '"text"'],
    ['', '""'],
    [42, '42'],
    [Number.NaN, 'NaN'],
    [5n, '5n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [[], 'an empty list'],
    [[1, 2], 'a list of 2'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [{ constructor: 5 }, 'an object'],
    [runInNewContext('({ a: 1 })'), 'an object'],
    [new Page(), 'an instance of Page'],
    [Promise.resolve(1), 'an instance of Promise'],
    [new Date(0), 'the Date 1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'an invalid Date'],
    [new RangeError('too far'), 'RangeError: too far'],
    [show, 'the function show'],
    [() => 1, 'a function'],
    [Object.assign(() => 1, { toString: null }), 'a function'],
  ])('%o is %s', (value, words) => {
    expect(show(value)).toBe(words)
  })

  it('is short, however long the value is', () => {
    const long = 'x'.repeat(1_000_000)
    for (const value of [long, Symbol(long), new Error(long), 10n ** 10_000n, { [long]: 1 }, [[long]]]) {
      expect(show(value).length).toBeLessThanOrEqual(LIMITS.shownCharacters)
    }
    expect(show(long)).toMatch(/^"x+ … 9999\d\d characters … x+"$/)
  })

  it('is there, whatever the value is', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true }),
        (value) => {
          expect(show(value)).toMatch(/./)
        },
      ),
    )
  })

  it('is there for what cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(show(proxy)).toBe('an object that cannot be read')
    const error = Object.defineProperty(new Error('x'), 'message', { get: fails })
    expect(show(error)).toBe('an object that cannot be read')
    expect(show(Object.defineProperty(() => 1, 'name', { get: fails }))).toBe(
      'a function that cannot be read',
    )
  })
})

function fails(): never {
  throw new Error('no')
}
