import { gzipSync } from 'node:zlib'
import { ArpeggioError, LIMITS, PACKED } from '@arpeggio/core'
import { describe, expect, it, test } from 'vitest'
import { App } from '../app.ts'
import { type Serializer, Serializers } from './serializers.ts'

const SPY: Serializer = {
  encode: (value) => ({ value }),
  decode: (json) => (json as { value: unknown }).value,
}

function gz(text: string) {
  return { [PACKED]: 'gzip', value: gzipSync(text).toString('base64') }
}

describe('a serializer', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'json',
      SPY,
      /^The app app cannot have the serializer "json": give a name that is a text, and not taken/,
    ],
    ['rich', SPY, /"rich"/],
    ['gzip', SPY, /"gzip"/],
    ['', SPY, /the serializer ""/],
    [7 as never, SPY, /the serializer 7/],
    ['mine', null, /The options of the serializer "mine" are null\. Give an object/],
    ['mine', { encode: () => 1 }, /the serializer "mine" has no decode\. Give \{ encode, decode \}/],
    ['mine', { ...SPY, decode: 5 }, /decode of the serializer "mine" cannot be 5\. Give a function/],
    ['mine', { ...SPY, revive: () => 1 }, /has no option "revive"/],
  ])('%o that is %o is refused', (name, serializer, message) => {
    const refused = expect.objectContaining({
      code: 'option-invalid',
      message: expect.stringMatching(message),
    })
    expect(() => new App().serializer(name, serializer as Serializer)).toThrow(refused)
  })

  it('has a name that no other has, and cannot be made known to a closed app', async () => {
    const app = new App()
    app.serializer('mine', SPY)
    expect(() => app.serializer('mine', SPY)).toThrow(/not taken/)
    await app.close()
    expect(() => app.serializer('late', SPY)).toThrow(expect.objectContaining({ code: 'app-closed' }))
  })

  it('that throws, or gives what is no JSON, is a fault of the value that names the way to it', () => {
    const all = new Serializers('app')
    const throwing = (): never => {
      throw new Error('not mine')
    }
    all.add('throws', { ...SPY, encode: throwing })
    all.add('gives a Map', { ...SPY, encode: () => ({ inner: new Map() }) })
    expect(all.pack(1, 'args[0]', { serializer: 'throws' })).toMatchObject({
      path: 'args[0]',
      reason: 'is not what the serializer throws takes: Error: not mine',
    })
    expect(all.pack(1, 'args[0]', { serializer: 'gives a Map' })).toMatchObject({ path: 'args[0].inner' })
  })

  it('that cannot read what it is given is an error with a code', () => {
    const all = new Serializers('app')
    expect(() => all.open({ [PACKED]: 'rich', value: { $: 'what' } })).toThrow(
      expect.objectContaining({ constructor: ArpeggioError, code: 'value-unreadable' }),
    )
    expect(() => all.open([{ deep: { [PACKED]: 'pickle', value: 1 } }])).toThrow(
      expect.objectContaining({ code: 'serializer-unknown' }),
    )
    expect(() => all.open({ [PACKED]: 7, value: 1 })).toThrow(
      expect.objectContaining({ code: 'serializer-unknown' }),
    )
  })
})

describe('what is compressed', () => {
  const all = new Serializers('app')
  const gzip = { compression: 'gzip' }
  const long = 'long '.repeat(1_000)

  it('is what is long, and becomes shorter by it', () => {
    const short = all.shorten(long, gzip)
    expect(short).toEqual({ [PACKED]: 'gzip', value: expect.any(String) })
    expect(all.open(short)).toBe(long)
    expect(all.shorten('long', gzip)).toBe('long')
    expect(all.shorten(long, { compression: 'none' })).toBe(long)
    const random = Array.from({ length: 2_000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('')
    expect(all.shorten(random, gzip)).toBe(random)
  })

  it('may have been packed before, and is unpacked in turn', () => {
    const packed = all.pack(new Map([[long, 1n]]), 'value', { serializer: 'rich' })
    expect(all.open(all.shorten(packed as never, gzip))).toEqual(new Map([[long, 1n]]))
  })

  it('is not unpacked when it grows over the limit, or is no such thing', () => {
    const bomb = gz(JSON.stringify('x'.repeat(LIMITS.valueBytes + 1)))
    expect(() => all.open(bomb)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
    expect(() => all.open(gz(JSON.stringify([bomb])))).toThrow(
      expect.objectContaining({ code: 'serializer-unknown' }), // nothing compressed is in what is compressed
    )
    for (const value of ['no gzip', 5, null, gz('no JSON').value]) {
      expect(() => all.open({ [PACKED]: 'gzip', value })).toThrow(
        expect.objectContaining({ code: 'value-unreadable' }),
      )
    }
  })
})
