import { expect, it } from 'vitest'
import { KINDS } from './check-options.ts'
import { LIMITS } from './limits.ts'

it('limits are numbers above zero that nobody can change', () => {
  expect(Object.values(LIMITS).every((limit) => Number.isInteger(limit) && limit > 0)).toBe(true)
  expect(() => Object.assign(LIMITS, { valueBytes: 1 })).toThrow(TypeError)
})

it('kinds of options cannot be changed either', () => {
  expect(() => Object.assign(KINDS, { text: KINDS.anything })).toThrow(TypeError)
  expect(() => Object.assign(KINDS.text, { hint: 'Anything will do.' })).toThrow(TypeError)
})
