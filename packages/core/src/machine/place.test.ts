import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers } from './place.ts'

describe('a span covers', () => {
  it.each<[string, number, string, boolean]>([
    ['1', 1, '1', true],
    ['1', 1, '10', false], // a prefix of the text is not the place
    ['1', 1, '0', false],
    ['10', 1, '1', false],
    ['3', 4, '2', false],
    ['3', 4, '3', true],
    ['3', 4, '6', true],
    ['3', 4, '7', false],
    ['9', 3, '11', true], // numbers, not texts
    ['3', 4, '5.0', true], // what hangs below a covered place
    ['3', 4, '5.99.7', true],
    ['3', 4, '55.0', false],
    ['3', 4, '2.5', false],
    ['5.3', 2, '5.3', true],
    ['5.3', 2, '5.4.1', true],
    ['5.3', 2, '5.5', false],
    ['5.3', 2, '5', false], // what was replaced is not below its replacement
    ['5.3', 2, '3', false],
    ['5.3', 2, '6.3', false],
    ['5.3', 2, '55.3', false],
    ['5.1', 1, '5.10', false],
    ['5.3', 2, '5.3.0.1', true],
  ])('%s + %i: place %s %s', (at, span, place, covered) => {
    expect(covers({ at, span }, place)).toBe(covered)
  })

  it('exactly the numbers at … at + span - 1 on its own level, below any prefix', () => {
    const prefix = fc.array(fc.nat(120), { maxLength: 3 })
    fc.assert(
      fc.property(
        prefix,
        fc.nat(120),
        fc.integer({ min: 1, max: 120 }),
        prefix,
        fc.nat(240),
        (lead, at, span, below, place) => {
          const of = (...numbers: number[]): string => [...lead, ...numbers].join('.')
          const inside = place >= at && place < at + span
          expect(covers({ at: of(at), span }, of(place))).toBe(inside)
          expect(covers({ at: of(at), span }, of(place, ...below))).toBe(inside)
        },
      ),
    )
  })

  it('a whole run, whatever it has grown to', () => {
    const place = fc.array(fc.nat(), { minLength: 1, maxLength: 5 }).map((numbers) => numbers.join('.'))
    fc.assert(
      fc.property(place, (place) => {
        expect(covers({ at: '0', span: Number.MAX_SAFE_INTEGER }, place)).toBe(true)
      }),
    )
  })
})
