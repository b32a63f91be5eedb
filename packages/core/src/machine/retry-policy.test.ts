import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RetryPolicy, retryDelay } from './retry-policy.ts'

const S = 1_000
const backoff: RetryPolicy = {
  ...{
    maxRetries: 3,
    defaultRetryDelay: 180 * S,
    retryBackoff: S,
    retryBackoffMax: 600 * S,
    retryJitter: false,
  },
}
const least = () => 0
const most = () => 1 - Number.EPSILON / 2

describe('without jitter', () => {
  it('the delay doubles from the factor, up to the maximum', () => {
    const delays = Array.from({ length: 12 }, (_, retries) => retryDelay(backoff, retries, least) / S)
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600])
  })

  it('it is exactly min(max, factor · 2ⁿ), as Celery counts it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 3_600 }),
        fc.nat(2_000),
        (factor, max, retries) => {
          const policy = { ...backoff, retryBackoff: factor * S, retryBackoffMax: max * S }
          expect(retryDelay(policy, retries, least)).toBe(Math.min(max, factor * 2 ** retries) * S)
        },
      ),
    )
  })

  it('chance has no say', () => {
    const asked = () => {
      throw new Error('nobody asked')
    }
    expect(retryDelay(backoff, 3, asked)).toBe(8 * S)
  })
})

describe('with jitter', () => {
  const jittery = { ...backoff, retryJitter: true }

  it('it is a whole number of seconds from 0 to the delay, both included', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(30), random, (factor, retries, random) => {
        const policy = { ...jittery, retryBackoff: factor * S }
        const delay = retryDelay(policy, retries, () => random)
        expect(delay % S).toBe(0)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(retryDelay({ ...policy, retryJitter: false }, retries, least))
      }),
    )
    expect([retryDelay(jittery, 2, least), retryDelay(jittery, 2, most)]).toEqual([0, 4 * S])
  })

  it('every second is as likely as any other', () => {
    const draws = Array.from({ length: 50 }, (_, i) => retryDelay(jittery, 2, () => i / 50) / S)
    const counts = [0, 1, 2, 3, 4].map((second) => draws.filter((draw) => draw === second).length)
    expect(counts).toEqual([10, 10, 10, 10, 10])
  })
})

it('without backoff it is the task’s own delay, every time', () => {
  for (const retries of [0, 1, 50]) {
    const policy = { ...backoff, retryBackoff: 0, retryJitter: true }
    expect(retryDelay(policy, retries, most)).toBe(180 * S)
  }
})
