import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { App } from './app.ts'
import { chain } from './chain.ts'
import { chord } from './chord.ts'
import { estimate } from './estimate.ts'
import { group } from './group.ts'
import type { AnySignature } from './signature.ts'

const app = new App({ name: 'pages' })
const one = app.task('one', () => 1)
const id = app.task('id', (value: unknown) => value)
const many = (count: number) => group(Array.from({ length: count }, () => one.s()))

describe('an estimate', () => {
  it.each<[string, AnySignature, number, number]>([
    ['a task', one.s(), 1, 0],
    ['a chain', chain(one.s(), id.s(), id.s()), 3, 0],
    ['a group nobody awaits', many(3), 3, 0],
    ['a chord', many(3).pipe(id.s()), 4, 1],
    ['a group with a link', many(3).link(id.s()), 4, 1],
    ['a group with an errback', many(3).linkError(id.s()), 3, 1],
    ['a group in a chord', chord([many(2), one.s()], id.s()), 4, 2],
    ['a group in a group nobody awaits', group(many(2), one.s()), 3, 0],
    ['an empty group, which belongs to no app', group([]), 1, 0],
    ['an empty group with a body', group([]).pipe(id.s()), 2, 0],
    ['a group of 512', many(512), 512, 0],
    ['a group of 513, started in two chunks', many(513), 514, 0],
    ['a group of 2,000 with a body', many(2_000).pipe(id.s()), 2_004, 1],
    ['a map', id.map([1, 2, 3]), 1, 0],
    ['chunks', id.chunks([[1], [2], [3]], 2), 2, 0],
  ])('%s', (_what, sig, messages, chords) => {
    expect(estimate(sig)).toMatchObject({ messages, chords })
  })

  it('counts every message that is really sent, and every byte that grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 0, max: 100 }), (width, letters) => {
        const text = 'x'.repeat(letters)
        const { messages, bytes } = estimate(
          chord(
            Array.from({ length: width }, () => id.s(text)),
            id.s(),
          ),
        )
        expect(messages).toBe(width + 1 + Math.ceil(width / 512) - 1)
        expect(bytes).toBeGreaterThan(width * letters)
      }),
      { numRuns: 20 },
    )
  })
})
