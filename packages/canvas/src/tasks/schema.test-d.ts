import { expectTypeOf, test } from 'vitest'
import type { Signature } from '../signature.ts'
import type { TaskMaker } from '../task.ts'
import type { StandardSchema } from './schema.ts'

declare const app: { readonly task: TaskMaker }
declare const text: StandardSchema<string, string>
declare const day: StandardSchema<string, Date>

test('a schema for each argument types the parameters, and what callers give', () => {
  const when = app.task({ name: 'when', schema: { args: [text, day] } }, (who, date) => {
    expectTypeOf(who).toEqualTypeOf<string>()
    expectTypeOf(date).toEqualTypeOf<Date>()
    return date.getTime()
  })
  expectTypeOf(when).parameters.toEqualTypeOf<[string, string]>()
  expectTypeOf(when.s('ada', '2030-01-01')).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: the schema takes a text
  when.s('ada', 5)
})

test('the schema of the value types what the task gives', () => {
  const schema = { args: [text], result: text } as const
  const shout = app.task({ name: 'shout', bind: true, schema }, async (self, said) => {
    expectTypeOf(self.request.task).toEqualTypeOf<string>()
    return said as unknown
  })
  expectTypeOf(shout.s('a')).toEqualTypeOf<Signature<string>>()
})

test('a function that takes something else does not compile', () => {
  // @ts-expect-error: the schema makes a text
  app.task({ name: 'wrong', schema: { args: [text] } }, (n: number) => n)
})
