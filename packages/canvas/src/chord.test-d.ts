import { expectTypeOf, test } from 'vitest'
import { chain } from './chain.ts'
import { chord } from './chord.ts'
import { group } from './group.ts'
import { pipe } from './pipe.ts'
import type { Group, Signature } from './signature.ts'
import type { TaskMaker } from './task.ts'
import type { Settled } from './typing/edges.ts'

declare const app: { readonly task: TaskMaker }
declare const nums: number[]
const add = app.task('add', (a: number, b: number) => a + b)
const hello = app.task('hello', (name: string) => `hello ${name}`)
const square = app.task('square', (n: number) => n * n)
const total = app.task('total', (numbers: number[]) => numbers.length)
const some = app.task('some', (numbers: (number | null)[]) => numbers.length)
const outcomes = app.task('outcomes', (all: readonly Settled<number>[]) =>
  all.map((one) => (one.ok ? one.value : one.error.message)),
)

test('a chord gives what its body gives', () => {
  expectTypeOf(
    chord(
      nums.map((n) => square.s(n)),
      total.s(),
    ),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord(group(square.s(1), square.s(2)), total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord([square.s(), add.s(1)], total.s())).toExtend<Signature<number, [n: number]>>()
  expectTypeOf(chord([square.s(1)], group(total.s(), total.s()))).toEqualTypeOf<Group<[number, number]>>()
  // @ts-expect-error: a list of texts is no list of numbers
  chord([hello.s('x')], total.s())
  // @ts-expect-error: a header is a list or a group
  chord(square.s(1), total.s())
})

test('the body may be given later', () => {
  expectTypeOf(chord(nums.map((n) => square.s(n)))(total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord([square.s(1)], { policy: 'settle' })(outcomes.s())).toEqualTypeOf<
    Signature<(string | number)[]>
  >()
  // @ts-expect-error: a list of texts is no list of numbers
  chord([hello.s('x')])(total.s())
})

test('the policy decides what the body takes', () => {
  const header = nums.map((n) => square.s(n))
  expectTypeOf(chord(header, total.s(), { policy: 'failFast' })).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord(header, outcomes.s(), { policy: 'settle' })).toEqualTypeOf<
    Signature<(string | number)[]>
  >()
  expectTypeOf(chord(header, some.s(), { policy: { quorum: 3 } })).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: with settle it takes how each member ended
  chord(header, total.s(), { policy: 'settle' })
  // @ts-expect-error: with a quorum some are null
  chord(header, total.s(), { policy: { quorum: 3 } })
  // @ts-expect-error: there is no such policy
  chord(header, total.s(), { policy: 'most' })
})

test('pipe and chain mean the same, and check every edge', () => {
  expectTypeOf(pipe(square.s(2), add.s(1), square.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chain(square.s(2), add.s(1), square.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chain([square.s(2), add.s(1), square.s()])).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chain(square.s(), group(add.s(1), add.s(2)))).toEqualTypeOf<
    Group<[number, number], [n: number]>
  >()
  expectTypeOf(chain(group(square.s(1), square.s(2)), total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chain(square.s(2))).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: a number is no text
  pipe(square.s(2), hello.s())
  // @ts-expect-error: the last edge does not fit
  chain(square.s(2), add.s(1), hello.s())
  // @ts-expect-error: in a list neither
  chain([square.s(2), add.s(1), hello.s()])
})

test('a list of steps of unknown length is one line, edges unchecked', () => {
  expectTypeOf(chain(nums.map((n) => add.s(n)))).toEqualTypeOf<Signature<number, [a: number]>>()
  expectTypeOf(square.s(2).pipe(...nums.map((n) => add.s(n)))).toEqualTypeOf<Signature<number>>()
})
