import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

const things = Array.from({ length: 4 }, (_, n) => ({ n }))
const [a, b, c] = things as [object, object, object]

test('each has a place of its own, which is free again afterwards', () => {
  const slots = new Slots()
  const [first, second] = [slots.add(a), slots.add(b)]
  expect([slots.at(first), slots.at(second), slots.size]).toEqual([a, b, 2])
  slots.free(first)
  expect([slots.at(first), slots.size]).toEqual([null, 1])
  expect(slots.add(c)).toBe(first)
  expect([...slots]).toEqual([c, b])
})

test('a place that is free cannot be freed again, nor one that never was', () => {
  const slots = new Slots()
  const place = slots.add(a)
  slots.free(place)
  slots.free(place)
  slots.free(7)
  expect([slots.size, slots.add(b), slots.add(c)]).toEqual([0, 0, 1])
})
