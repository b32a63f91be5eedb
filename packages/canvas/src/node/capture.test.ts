import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capture, captureArgs, captureKwargs, NO_ARGS, NO_KWARGS } from './capture.ts'

test('what the caller does to its data later does not reach the copy', () => {
  const page = { url: 'u', links: ['a'] }
  const [copy] = captureArgs([page])
  page.links.push('b')
  page.url = 'v'
  expect(copy).toEqual({ url: 'u', links: ['a'] })
})

test("the caller's data stays as free as it was", () => {
  const page = { url: 'u', links: ['a'] }
  captureArgs([page])
  expect(Object.isFrozen(page) || Object.isFrozen(page.links)).toBe(false)
})

test('any JSON is copied as it is, and frozen through and through', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = capture(value)
      expect(copy).toEqual(value)
      for (let open: unknown[] = [copy], next = open.pop(); next !== undefined; next = open.pop()) {
        if (typeof next !== 'object' || next === null) continue
        expect(Object.isFrozen(next)).toBe(true)
        open.push(...Object.values(next))
      }
    }),
  )
})

test('empty lists and records are shared', () => {
  expect(captureArgs([])).toBe(NO_ARGS)
  expect(captureKwargs({})).toBe(NO_KWARGS)
  expect(capture({ a: [], b: {} })).toEqual({ a: [], b: {} })
  expect(capture<{ a: readonly unknown[] }>({ a: [] }).a).toBe(NO_ARGS)
})

test('what JSON cannot carry is kept for whoever reports it', () => {
  const map = new Map()
  const fn = (): void => {}
  class Page {}
  const page = new Page()
  expect(captureArgs([map, fn, page, { page }])).toEqual([map, fn, page, { page }])
  expect(captureArgs([page])[0]).toBe(page)
  expect(Object.isFrozen(page) || Object.isFrozen(map)).toBe(false)
})

test('a date is copied, for dates can change', () => {
  const date = new Date(0)
  const [copy, { at }] = captureArgs([date, { at: date }]) as [Date, { at: Date }]
  date.setTime(1)
  expect([copy.getTime(), at.getTime()]).toEqual([0, 0])
})

test('cycles and very deep data are copied, not followed for ever', () => {
  const ring: { self?: unknown } = {}
  ring.self = ring
  const copy = capture(ring)
  expect(copy.self).toBe(copy)
  expect(copy).not.toBe(ring)
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level++) deep = [deep]
  expect(Array.isArray(captureArgs([deep])[0])).toBe(true)
})

test('a key named __proto__ is data', () => {
  const hostile = JSON.parse('{"__proto__": {"admin": true}}')
  const copy = capture(hostile) as { admin?: boolean }
  expect(copy.admin).toBeUndefined()
  expect(Object.keys(copy)).toEqual(['__proto__'])
})

test('what cannot be read is refused with the way to it, and what was thrown', () => {
  const thrown = new RangeError('too far')
  const page = {
    get title(): string {
      throw thrown
    },
  }
  const closed = new Proxy(page, {
    ownKeys() {
      throw thrown
    },
  })
  const saysItself = { toJSON: () => 'fine' }
  Object.defineProperty(saysItself, 'inside', { get: () => page.title, enumerable: true })
  const refusals: [() => unknown, RegExp][] = [
    [
      () => captureArgs([1, { pages: [page] }]),
      /^args\[1\]\.pages\[0\]\.title reading it failed with RangeError: too far\./,
    ],
    [
      () => captureArgs([closed]),
      /^args\[0\] reading it failed with RangeError: too far\. Arguments travel as JSON: give/,
    ],
    [() => captureArgs([saysItself]), /^args reading it failed with RangeError: too far/],
    [() => captureKwargs(page), /^kwargs\.title reading it failed/],
    [() => captureKwargs({ page }), /^kwargs\.page\.title reading it failed/],
  ]
  for (const [deed, message] of refusals) {
    const refusal = { code: 'value-not-json', message: expect.stringMatching(message), cause: thrown }
    expect(deed).toThrow(expect.objectContaining(refusal))
  }
})
