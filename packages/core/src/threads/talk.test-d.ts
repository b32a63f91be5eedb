import { expectTypeOf, test } from 'vitest'
import type { Json } from '../model/json.ts'
import type { Question } from './talk.ts'

test('a thread asks what tasks may, and nothing that only workers do', () => {
  expectTypeOf<'submit' | 'note' | 'take' | 'present'>().toExtend<Question['ask']>()
  expectTypeOf<Extract<Question, { ask: 'note' }>['args']>().toEqualTypeOf<
    [id: string, state: string, meta: Json]
  >()
  // @ts-expect-error: leases are extended by workers
  const extend: Question = { ask: 'extend', args: [[]] }
  // @ts-expect-error: a worker's place is its own
  const enter: Question = { ask: 'enter', args: ['a', {}, 1] }
  void [extend, enter]
})
