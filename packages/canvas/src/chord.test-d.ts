import type { ErrorRecord } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import { chain } from './chain.ts'
import { type BodyOf, chord } from './chord.ts'
import { group } from './group.ts'
import type { ChordPolicy } from './node/node.ts'
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
const pair = app.task('pair', ([all, text]: [(string | number)[], string]) => all.length > text.length)
const tuples = app.task('tuples', (list: [number, string][]) => list.length)

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

test('a chord may be written where it stands: in a header, a group, a chain', () => {
  const inner = chord([add.s(1, 2), add.s(3, 4)], total.s())
  expectTypeOf(inner).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord([inner, add.s(5, 6)], total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(
    chord([chord([add.s(1, 2), add.s(3, 4)])(total.s()), square.s(2).pipe(square.s())], total.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(group(chord([add.s(1, 2)], total.s()), hello.s('x'))).toEqualTypeOf<Group<[number, string]>>()
  expectTypeOf(group([chord([add.s(1, 2)], total.s()), hello.s('x')])).toEqualTypeOf<
    Group<[number, string]>
  >()
  expectTypeOf(chain(chord([add.s(1, 2)], total.s()), square.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(
    chord([group(add.s(1, 2), add.s(3, 4)).pipe(total.s()), add.s(5, 6)], total.s()),
  ).toEqualTypeOf<Signature<number>>()
})

test('a chord may be written inside the header of another, however deep', () => {
  const two = chord([chord([add.s(1, 2), add.s(3, 4)], total.s()), add.s(5, 6)], total.s())
  expectTypeOf(two).toEqualTypeOf<Signature<number>>()
  const three = chord(
    [square.s(1), chord([chord([add.s(1, 2)], total.s()), chord([square.s(2)], total.s())], total.s())],
    total.s(),
  )
  expectTypeOf(three).toEqualTypeOf<Signature<number>>()
  const mapped = chord(
    [
      chord(
        nums.map((n) => square.s(n)),
        total.s(),
      ),
      add.s(5, 6),
    ],
    total.s(),
  )
  expectTypeOf(mapped).toEqualTypeOf<Signature<number>>()
  const each = chord(
    nums.map((n) => chord([square.s(n), add.s(n, 1)], total.s())),
    total.s(),
  )
  expectTypeOf(each).toEqualTypeOf<Signature<number>>()
  const later = chord([chord([chord([add.s(1, 2)], total.s())])(total.s())])(total.s())
  expectTypeOf(later).toEqualTypeOf<Signature<number>>()
  const settled = chord([chord([square.s(1)], total.s()), square.s(2)], outcomes.s(), { policy: 'settle' })
  expectTypeOf(settled).toEqualTypeOf<Signature<(string | number)[]>>()
  const outermost = chord([chord([square.s(1)], outcomes.s(), { policy: 'settle' }), hello.s('x')], pair.s())
  expectTypeOf(outermost).toEqualTypeOf<Signature<boolean>>()
  expectTypeOf(chord([chord([hello.s('x')], group(total.si([]), hello.si('y')))], tuples.s())).toEqualTypeOf<
    Signature<number>
  >()
})

test('a chord may be written in a group or a chain in the header of another', () => {
  const members = group(chord([add.s(1, 2), add.s(3, 4)], total.s()), add.s(5, 6))
  expectTypeOf(members).toEqualTypeOf<Group<[number, number]>>()
  expectTypeOf(
    chord(group(chord([add.s(1, 2), add.s(3, 4)], total.s()), add.s(5, 6)), total.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(
    chord(group([chord(group(add.s(1, 2), square.s(3)), total.s()), add.s(5, 6)]), total.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord(group(nums.map((n) => chord([square.s(n)], total.s()))), total.s())).toEqualTypeOf<
    Signature<number>
  >()
  expectTypeOf(
    chord([chain(square.s(2), chord([square.s(), add.s(1)], total.s())), add.s(5, 6)], total.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(
    chord([chain([chord([add.s(1, 2)], total.s()), square.s()]), add.s(5, 6)], total.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(
    chord([square.s(2).pipe(chord([square.s(), add.s(1)], total.s())), add.s(5, 6)], total.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(
    chord([chord([square.s(1)], total.s()).pipe(square.s()), add.s(5, 6)], total.s()).pipe(square.s()),
  ).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord([add.s(1, 2)], chain(total.s(), chord([square.s()], total.s())))).toEqualTypeOf<
    Signature<number>
  >()
})

test('what a chord in a header misses is missing, and its value is checked', () => {
  const partial = chord([chord([square.s(), add.s(1)], total.s()), add.s(5)], total.s())
  expectTypeOf(partial.run(2)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(square.s(2).pipe(partial)).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: it is missing
  partial.run()
  // @ts-expect-error: a text and a number are no list of numbers
  chord([chord([square.s(1)], total.s()), hello.s('x')], total.s())
  // @ts-expect-error: the chord in the header gives texts
  chord([chord([square.s(1)], outcomes.s(), { policy: 'settle' }), add.s(5, 6)], total.s())
  // @ts-expect-error: the members are the other way round
  chord([hello.s('x'), chord([square.s(1)], outcomes.s(), { policy: 'settle' })], pair.s())
  // @ts-expect-error: the inner body takes no texts
  chord([chord([hello.s('x')], total.s()), add.s(5, 6)], total.s())
  // @ts-expect-error: three deep neither
  chord([chord([chord([hello.s('x')], total.s())], total.s()), add.s(5, 6)], total.s())
  // @ts-expect-error: in a group neither
  chord(group(chord([hello.s('x')], total.s()), add.s(5, 6)), total.s())
  // @ts-expect-error: nor in a chain
  chord([chain(chord([hello.s('x')], total.s()), square.s())], total.s())
  // @ts-expect-error: nor where it is one of many
  chord([...nums.map((n) => chord([square.s(n)], outcomes.s(), { policy: 'settle' }))], total.s())
  // @ts-expect-error: a chord without a body is no member
  chord([chord([square.s(1)]), add.s(5, 6)], total.s())
})

test('a body that does not take the list is told what it takes, and what the header gives', () => {
  type Texts = readonly [Signature<string>, Signature<string>]
  expectTypeOf<BodyOf<Texts, 'all', Signature<number, [numbers: number[]]>>>().toEqualTypeOf<{
    'this step takes': [numbers: number[]]
    'the step before gives': [string, string]
  }>()
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
  chord(
    header,
    outcomes.s(),
    // @ts-expect-error: there is no such policy, and the body is not to blame for it
    { policy: 'setle' },
  )
  chord(
    header,
    some.s(),
    // @ts-expect-error: nor this one
    { policy: { quorm: 1 } },
  )
})

test('with settle, the body takes a value or an error in each place', () => {
  type Entry =
    | { readonly ok: true; readonly value: number }
    | { readonly ok: false; readonly error: ErrorRecord }
  expectTypeOf<Settled<number>>().toEqualTypeOf<Entry>()
  const written = app.task('written', (all: Entry[]) => all.length)
  const places = app.task('places', ([a, b]: [Settled<number>, Settled<string>]) => {
    if (!a.ok) expectTypeOf(a.error).toEqualTypeOf<ErrorRecord>()
    else expectTypeOf(a.value).toEqualTypeOf<number>()
    return a.ok && b.ok ? a.value + b.value : null
  })
  const texts = app.task('texts', (all: Settled<string>[]) => all.length)
  const values = app.task('values', (all: { ok: true; value: number }[]) => all.length)
  const header = nums.map((n) => square.s(n))
  expectTypeOf(chord(header, written.s(), { policy: 'settle' })).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord([square.s(1), hello.s('x')], places.s(), { policy: 'settle' })).toEqualTypeOf<
    Signature<string | null>
  >()
  expectTypeOf(chord(group(square.s(1), hello.s('x')), places.s(), { policy: 'settle' })).toEqualTypeOf<
    Signature<string | null>
  >()
  // @ts-expect-error: the values are numbers
  chord(header, texts.s(), { policy: 'settle' })
  // @ts-expect-error: some may have failed
  chord(header, values.s(), { policy: 'settle' })
  // @ts-expect-error: the places are the other way round
  chord([hello.s('x'), square.s(1)], places.s(), { policy: 'settle' })
  // @ts-expect-error: also when the body is given later
  chord(header, { policy: 'settle' })(total.s())
})

test('with a quorum, the body takes a value or null in each place', () => {
  const header = nums.map((n) => square.s(n))
  const places = app.task('places', ([n, name]: [number | null, string | null]) => `${n}${name}`)
  expectTypeOf(chord([square.s(1), hello.s('x')], places.s(), { policy: { quorum: 1 } })).toEqualTypeOf<
    Signature<string>
  >()
  expectTypeOf(chord(header, { policy: { quorum: nums.length } })(some.s())).toEqualTypeOf<
    Signature<number>
  >()
  // @ts-expect-error: some are null, also when the body is given later
  chord(header, { policy: { quorum: 3 } })(total.s())
})

test('a policy that may be missing is all, or what it is', () => {
  const header = nums.map((n) => square.s(n))
  expectTypeOf(chord(header, total.s(), { policy: undefined })).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: it may be settle
  chord(header, total.s(), { policy: nums.length > 1 ? 'settle' : undefined })
})

test('where the policy is not known before it runs, the body takes what any of them gives', () => {
  const policy = 'all' as ChordPolicy
  const header = nums.map((n) => square.s(n))
  const any = app.task('any', (all: (number | null | Settled<number>)[]) => all.length)
  expectTypeOf(chord(header, any.s(), { policy })).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: it may be a quorum
  chord(header, total.s(), { policy })
})

test('a member whose result JSON refuses stops the chord', () => {
  const index = app.task('index', () => new Map<string, number>())
  const count = app.task('count', (list: unknown[]) => list.length)
  // @ts-expect-error: a Map never arrives
  chord([index.s(), square.s(1)], count.s())
  // @ts-expect-error: nor do many
  chord(group(nums.map(() => index.s())), count.s())
  // @ts-expect-error: not even where nobody looks at it
  chord([index.s()], { policy: 'settle' })(count.si([]))
})

test('a chord follows a step, and takes what its header misses', () => {
  const partial = chord([square.s(), add.s(1)], total.s())
  expectTypeOf(square.s(2).pipe(partial)).toEqualTypeOf<Signature<number>>()
  expectTypeOf(partial.run(2)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(chord([], total.s()).run()).toEqualTypeOf<Promise<number>>()
  expectTypeOf(hello.s('x').pipe(chord([square.si(1)], total.s()))).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: the members take a number
  hello.s('x').pipe(partial)
  // @ts-expect-error: it is missing
  partial.run()
  // @ts-expect-error: a body takes the list, and this one has all its arguments
  chord([square.s(1)], total.s([1]))
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
