import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cut } from './cut.ts'

it('a text that is short enough is left alone', () => {
  expect(cut('short', 5)).toBe('short')
  expect(cut('', 0)).toBe('')
})

it('a long text keeps both ends, and says how much is missing between them', () => {
  expect(cut(`begin${'-'.repeat(1_000)}end`, 50)).toBe('begin----- … 988 characters … -------end')
})

it('a text that was cut is no longer than it may be, unless that is too little to say so', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 200, maxLength: 400 }),
      fc.integer({ min: 0, max: 200 }),
      (text, room) => {
        expect(cut(text, room).length).toBeLessThanOrEqual(Math.max(room, 30))
      },
    ),
  )
})

it('a text is never cut inside a character', () => {
  for (const room of [60, 61, 62, 63, 64]) {
    expect(JSON.stringify(cut('🦉'.repeat(500), room))).not.toContain('\\ud')
    expect(JSON.stringify(cut(`x${'🦉'.repeat(500)}`, room))).not.toContain('\\ud')
  }
})
