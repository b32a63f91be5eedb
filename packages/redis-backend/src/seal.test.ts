import { describe, expect, it, test } from 'vitest'
import { redisBackend } from './redis-backend.ts'
import { type About, sealOf } from './seal.ts'

const KEY = 'k'.repeat(32)
const OLD = Buffer.alloc(32, 1)
const ABOUT: About = ['item', 'run', 'list', '0']

describe('a seal', () => {
  it('opens what it has signed, and what was signed by any of its keys', () => {
    const seal = sealOf('app', [KEY, OLD])
    expect(seal.open(ABOUT, seal.sign(ABOUT, '{}'))).toBe('{}')
    expect(seal.open(ABOUT, sealOf('app', [OLD]).sign(ABOUT, '{}'))).toBe('{}')
    expect(sealOf('app', [KEY]).open(ABOUT, seal.sign(ABOUT, '{}'))).toBe('{}') // the first key signs
  })

  it.each<[string, About, string]>([
    ['of another kind', ['chord', 'run', 'list', '0'], 'app'],
    ['of another run', ['item', 'other', 'list', '0'], 'app'],
    ['of another place', ['item', 'run', 'list', '1'], 'app'],
    ['of another prefix', ABOUT, 'other'],
  ])('does not open what is %s', (_what, about, prefix) => {
    const text = sealOf('app', [KEY]).sign(ABOUT, '{}')
    expect(() => sealOf(prefix, [KEY]).open(about, text)).toThrow('signed by somebody else, or was changed')
  })

  it.each(['', '~', '~~', `~${'A'.repeat(43)}{}`, `~${'A'.repeat(42)}`, '~é'])('does not open %j', (text) => {
    expect(() => sealOf('app', [KEY]).open(ABOUT, text)).toThrow()
  })
})

test.each([[], 'k'.repeat(32), ['short-secret'], [5], [Buffer.alloc(31)], [undefined], Array(9).fill(KEY)])(
  'keys that are none are refused, and never shown: %#',
  (signWith) => {
    let error: unknown
    try {
      redisBackend('redis://127.0.0.1:6379', { signWith: signWith as string[] })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'option-invalid', message: expect.stringContaining('signWith') })
    expect(String(error)).not.toMatch(/short-secret|kkk/)
  },
)
