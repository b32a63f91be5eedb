import { describe, expect, it } from 'vitest'
import { rateOf } from './rate-limit.ts'

describe('a rate limit', () => {
  it.each([
    ['10/s', 100, 'worker'],
    ['100/m', 600, 'worker'],
    ['5/h', 720_000, 'worker'],
    ['0.5/s', 2_000, 'worker'],
    [{ rate: '1/m' }, 60_000, 'worker'],
    [{ rate: '1/m', scope: 'global' }, 60_000, 'global'],
  ])('%j is one start every %i ms, counted by scope', (limit, intervalMs, scope) => {
    expect(rateOf(limit, 'it')).toEqual({ intervalMs, scope })
  })

  it.each([
    '',
    '0/s',
    '-1/s',
    '10',
    10,
    '10/d',
    '10/s ',
    null,
    { rate: '1/s', scope: 'all' },
    { rate: '1/s', per: 'x' },
    {},
    [],
  ])('%j is refused', (limit) => {
    expect(() => rateOf(limit, 'rateLimit of the task a')).toThrow(
      expect.objectContaining({
        code: 'option-invalid',
        message: expect.stringMatching(/^rateLimit of the task a is .*\. Give a text such as '10\/s'/),
      }),
    )
  })
})
