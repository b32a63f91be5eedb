import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Duration, milliseconds, moment } from './duration.ts'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

describe('a duration', () => {
  it('is milliseconds as a number, whatever they are', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (ms) => {
        expect(milliseconds(ms, 'wait')).toBe(ms)
      }),
    )
  })

  it('is a number with a unit: any count of any unit', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom(...Object.keys(UNITS)), (count, unit) => {
        const ms = milliseconds(`${count}${unit}` as Duration, 'wait')
        expect(ms).toBe(count * UNITS[unit as keyof typeof UNITS])
      }),
    )
  })

  it.each<[Duration, number]>([
    ['250ms', 250],
    ['3s', 3_000],
    ['0.5s', 500],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(milliseconds(text, 'wait')).toBe(ms)
  })

  it.each([
    ...[-1, Number.NaN, Number.POSITIVE_INFINITY, '', '5', '5w', '5 s', ' 5s', '5S', '-5s', '.5s', '1e3s'],
    ...['5s5s', '5s\n', null, undefined, {}, [], true, new Date(0), '٥s'],
  ])('is not %o', (wrong) => {
    expect(() => milliseconds(wrong as Duration, 'countdown of add')).toThrow(
      expect.objectContaining({
        code: 'duration-invalid',
        message: expect.stringMatching(
          /^countdown of add is .*Give milliseconds as a number, or text such as/s,
        ),
      }),
    )
  })

  it('is not a bigint', () => {
    expect(() => milliseconds(5n as never, 'countdown')).toThrow(
      expect.objectContaining({ code: 'duration-invalid' }),
    )
  })

  it.each<[unknown, string]>([
    [[], 'wait is an empty list.'],
    [{}, 'wait is an object.'],
    [Object.create(null), 'wait is an object.'],
    [Symbol('s'), 'wait is Symbol(s).'],
    [5n, 'wait is 5n.'],
  ])('that is %o is said to be none', (wrong, message) => {
    expect(() => milliseconds(wrong as never, 'wait')).toThrow(
      expect.objectContaining({ code: 'duration-invalid', message: expect.stringContaining(message) }),
    )
  })

  it('is never for ever', () => {
    expect(() => milliseconds(`${'9'.repeat(400)}s` as Duration, 'countdown')).toThrow(/countdown/)
  })
})

describe('a moment', () => {
  it('is a Date or an ISO text, and becomes an ISO text', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(moment(date, 'eta')).toBe(date.toISOString())
        expect(moment(date.toISOString(), 'eta')).toBe(date.toISOString())
      }),
    )
  })

  it('may be a Date from another realm', () => {
    expect(moment(runInNewContext('new Date(0)'), 'eta')).toBe('1970-01-01T00:00:00.000Z')
  })

  it.each<[unknown, string]>([
    [new Date(Number.NaN), 'eta is an invalid Date.'],
    [[], 'eta is an empty list.'],
    [Object.create(null), 'eta is an object.'],
    [Symbol('s'), 'eta is Symbol(s).'],
  ])('that is %o is said to be none', (wrong, message) => {
    expect(() => moment(wrong as never, 'eta')).toThrow(
      expect.objectContaining({ code: 'moment-invalid', message: expect.stringContaining(message) }),
    )
  })

  it('may have an offset', () => {
    expect(moment('2030-01-31T12:00:00+01:00', 'eta')).toBe('2030-01-31T11:00:00.000Z')
  })

  it.each(['soon', '', '10s', '2030-13-01', new Date(Number.NaN), {}, [], true, 1_700_000_000_000])(
    'is not %o',
    (wrong) => {
      expect(() => moment(wrong as never, 'eta of add')).toThrow(
        expect.objectContaining({
          code: 'moment-invalid',
          message: expect.stringMatching(/^eta of add is .*Give a Date, or an ISO text such as/),
        }),
      )
    },
  )

  it.each([5, '5', '1', 'Jan 5', '+1'])(
    'is not %o, which only a lenient reader takes for a year or a month',
    (wrong) => {
      expect(() => moment(wrong as never, 'eta')).toThrow(expect.objectContaining({ code: 'moment-invalid' }))
    },
  )
})
