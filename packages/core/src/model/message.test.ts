import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idAt, positionOf, runOf } from './message.ts'

const run = fc.stringMatching(/^[a-z0-9-]{1,20}$/)
const position = fc.array(fc.nat(), { maxLength: 4 }).map((numbers) => numbers.join('.'))

it('an id is a run and a position, and tells both', () => {
  fc.assert(
    fc.property(run, position, (run, position) => {
      const id = idAt(run, position)
      expect([runOf(id), positionOf(id)]).toEqual([run, position])
    }),
  )
})

it('two positions never share an id', () => {
  fc.assert(
    fc.property(run, position, position, (run, one, other) => {
      expect(idAt(run, one) === idAt(run, other)).toBe(one === other)
    }),
  )
})

it('the run itself has the run’s id', () => {
  expect(idAt('r', '')).toBe('r')
  expect(positionOf('r')).toBe('')
})
