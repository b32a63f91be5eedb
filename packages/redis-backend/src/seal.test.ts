import { describe, expect, it, test } from 'vitest'
import { redisBackend } from './redis-backend.ts'
import { sealOf } from './seal.ts'
import type { About } from './untrusted.ts'

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

  it('does not open what has its signature written otherwise', () => {
    const seal = sealOf('app', [KEY])
    const text = seal.sign(ABOUT, '{}')
    const last = text.charCodeAt(43) // its last bits mean nothing
    for (const other of [last + 1, last + 2]) {
      expect(() => seal.open(ABOUT, text.slice(0, 43) + String.fromCharCode(other) + text.slice(44))).toThrow(
        'signed by somebody else, or was changed',
      )
    }
  })

  it('says of each thing what it is, and where', () => {
    const seal = sealOf('app', [KEY])
    const said = (about: About): string => {
      try {
        return seal.open(about, '{}')
      } catch (error) {
        expect(error).toMatchObject({ code: 'message-untrusted' })
        return (error as Error).message.replace(/ is not signed.*/, '')
      }
    }
    expect([
      said(['message', 'low\n5\nrun\n3\n3\nc-\n']),
      said(['item', 'run', 'list', '7']),
      said(['chord', 'run', '2']),
      said(['letter', 'run.1']),
    ]).toEqual([
      'The message "run.3" in the queue "low"',
      'Step 7 of the list "list" of the run "run"',
      'The chord "run.2"',
      'The dead letter "run.1"',
    ])
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
