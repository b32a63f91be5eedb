import { type Json, MAX_VALUE_DEPTH, toJson } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RICH } from './rich.ts'

/** As it arrives: what was made of it passes through JSON text. */
function travelled(value: unknown): unknown {
  return RICH.decode(JSON.parse(JSON.stringify(toJson(RICH.encode(value), 'value'))))
}

describe('the serializer rich', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a bigint', 2n ** 80n],
    ['no number', Number.NaN],
    ['infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['a zero below zero', -0],
    ['a Date', new Date(1)],
    ['an invalid Date', new Date(Number.NaN)],
    ['a Map', new Map<unknown, unknown>([[new Map(), new Set([{ a: undefined }])]])],
    ['a RegExp', /a\/b+/giu],
    ['bytes', new Uint8Array([0, 255])],
    ['a part of bytes', new Uint8Array([1, 2, 3]).subarray(1)],
    ['a Buffer', Buffer.from('text')],
    ['an object that looks like what it writes', { $: 'Map', of: [[{ $: 'bigint' }, 1n]] }],
    ['an object of its own kind', { constructor: 1, valueOf: 2n }],
  ])('gives back %s', (_, value) => {
    expect(travelled(value)).toStrictEqual(value)
  })

  it('gives back any value that it takes, and is plain JSON in between', () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      key: fc.string().filter((key) => key !== '__proto__' && key !== '~packed'),
    })
    fc.assert(
      fc.property(value, (value) => {
        expect(travelled(value)).toStrictEqual(value)
      }),
    )
  })

  it('leaves to JSON what it does not know', () => {
    expect(travelled({ url: new URL('http://a/') })).toEqual({ url: 'http://a/' })
    expect(toJson(RICH.encode([() => 1]), 'value')).toMatchObject({ path: 'value[0]' })
    expect(toJson(RICH.encode(new WeakMap()), 'value')).toMatchObject({ path: 'value' })
  })

  it('comes to an end, whatever it is given', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => RICH.encode(cycle)).toThrow(`nests deeper than ${MAX_VALUE_DEPTH} levels`)
    let many: unknown = {}
    for (let i = 0; i < 40; i++) many = [many, many]
    expect(() => RICH.encode(many)).toThrow('holds more than')
  })

  it('reads no kind that it does not write, and changes no prototype', () => {
    expect(() => RICH.decode({ $: 'Function', of: 'x' })).toThrow('an unknown kind, "Function"')
    const read = RICH.decode(JSON.parse('{"__proto__":{"a":1}}') as Json)
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })
})
