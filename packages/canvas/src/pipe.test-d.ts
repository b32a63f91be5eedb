import { expectTypeOf, test } from 'vitest'
import { chain } from './chain.ts'
import { chord } from './chord.ts'
import { group } from './group.ts'
import type { Group, Signature } from './signature.ts'
import type { TaskMaker } from './task.ts'

interface Page {
  url: string
}
interface Info {
  title: string
}
declare const app: { readonly task: TaskMaker }
const add = app.task('add', (a: number, b: number) => a + b)
const hello = app.task('hello', (name: string) => `hello ${name}`)
const fetchPage = app.task('fetchPage', async (url: string): Promise<Page> => ({ url }))
const parsePage = app.task('parsePage', (page: Page): Info => ({ title: page.url }))
const store = app.task('store', async (_info: Info, _url: string) => {})
const cleanUp = app.task('cleanUp', () => {})
const later = app.task('later', (at: Date) => at.getTime())
const now = app.task('now', () => new Date())

test('the compiler checks every edge of a pipe', () => {
  const page = fetchPage.s('u').pipe(parsePage.s(), store.s('u'))
  expectTypeOf(page).toEqualTypeOf<Signature<void>>()
  expectTypeOf(fetchPage.s().pipe(parsePage.s())).toEqualTypeOf<Signature<Info, [url: string]>>()
  expectTypeOf(fetchPage.s('u').pipe(parsePage.s()).run()).toEqualTypeOf<Promise<Info>>()
  // @ts-expect-error: a number is no page
  add.s(1, 2).pipe(parsePage.s())
  // @ts-expect-error: the second step does not take what the first gives
  fetchPage.s('u').pipe(parsePage.s(), parsePage.s())
  // @ts-expect-error: a complete call takes nothing more
  add.s(1, 2).pipe(add.s(1, 2))
  // @ts-expect-error: two are missing, and a step brings one
  add.s(1, 2).pipe(add.s())
  // @ts-expect-error: a task is not a signature
  add.s(1, 2).pipe(add)
})

test('an immutable step follows anything, and anything it fits follows it', () => {
  expectTypeOf(hello.s('x').pipe(add.si(1, 2), add.s(3))).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: what follows it is checked as ever
  hello.s('x').pipe(add.si(1, 2), hello.s(), add.s(3))
})

test('what gives nothing is followed by what is immutable', () => {
  expectTypeOf(cleanUp.s().pipe(cleanUp.si(), hello.si('x'))).toEqualTypeOf<Signature<string>>()
  // @ts-expect-error: null would be put in front, and it takes nothing
  cleanUp.s().pipe(cleanUp.s())
  // @ts-expect-error: and would be one too many here
  cleanUp.s().pipe(hello.s('x'))
  // @ts-expect-error: nothing is not a text
  cleanUp.s().pipe(hello.s())
  // @ts-expect-error: something is not nothing
  hello.s('x').pipe(cleanUp.s())
})

test('nothing arrives as null', () => {
  const orElse = app.task('orElse', (n: number | null, other: number) => n ?? other)
  const ignore = app.task('ignore', (_value: null) => 1)
  const look = app.task('look', (value: unknown) => String(value))
  const maybe = app.task('maybe', (n?: number) => n ?? 0)
  expectTypeOf(cleanUp.s().pipe(orElse.s(1))).toEqualTypeOf<Signature<number>>()
  expectTypeOf(cleanUp.s().pipe(ignore.s(), look.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(cleanUp.s().pipe(look.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(cleanUp.s().link(ignore.s(), cleanUp.si())).toEqualTypeOf<Signature<void>>()
  // @ts-expect-error: null is given, which is not the same as leaving it out
  cleanUp.s().pipe(maybe.s())
})

test('a step fits by what it takes, in all the ways parameters are written', () => {
  const give = app.task('give', (): number => 1)
  const maybe = app.task('maybe', (n?: number, scale?: number) => (n ?? 0) * (scale ?? 1))
  const rest = app.task('rest', (...numbers: number[]) => numbers.length)
  const after = app.task('after', (n: number, ...names: string[]) => [n, ...names])
  const wide = app.task('wide', (value: number | string | null) => `${value}`)
  const none = app.task('none', () => 1)
  const same = app.task('same', (value: number | string | null) => value)
  expectTypeOf(give.s().pipe(maybe.s(), maybe.s(2))).toEqualTypeOf<Signature<number>>()
  expectTypeOf(give.s().pipe(rest.s(), rest.s(2, 3))).toEqualTypeOf<Signature<number>>()
  expectTypeOf(give.s().pipe(after.s('a', 'b'))).toEqualTypeOf<Signature<(string | number)[]>>()
  expectTypeOf(give.s().pipe(wide.s(), wide.s())).toEqualTypeOf<Signature<string>>()
  // @ts-expect-error: each of them is a number, and a list is none
  rest.s(1).pipe(app.task('list', () => [1]).s(), rest.s())
  // @ts-expect-error: a number is given, and it takes nothing
  give.s().pipe(none.s())
  // @ts-expect-error: it may be a text or null
  same.s(1).pipe(maybe.s())
  // @ts-expect-error: it has both its arguments
  give.s().pipe(maybe.s(1, 2))
})

test('what gives one of several is followed by what takes all of them', () => {
  const parse = app.task('parse', (text: string): number | string => Number(text) || text)
  const both = app.task('both', (value: string | number) => `${value}`)
  const find = app.task('find', (url: string): Page | undefined => ({ url }))
  const found = app.task('found', (page: Page | null) => page?.url ?? '')
  expectTypeOf(parse.s('1').pipe(both.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(find.s('u').pipe(found.s())).toEqualTypeOf<Signature<string>>()
  // @ts-expect-error: it may be a number
  parse.s('1').pipe(hello.s())
  // @ts-expect-error: undefined arrives as null
  find.s('u').pipe(parsePage.s())
})

test('a step that is one of several is checked as all of them', () => {
  const steps = { hello: hello.s(), length: app.task('length', (text: string) => text.length).s() }
  const either = steps['hello' as keyof typeof steps]
  expectTypeOf(hello.s('x').pipe(either)).toEqualTypeOf<Signature<string> | Signature<number>>()
  const unlike = { hello: hello.s(), add: add.s(1) }
  // @ts-expect-error: one of them takes a number
  hello.s('x').pipe(unlike['hello' as keyof typeof unlike])
})

test('a read-only list is followed by what only reads it', () => {
  const frozen = app.task('frozen', (): readonly string[] => [])
  const pair = app.task('pair', () => [1, 'a'] as const)
  const loose = app.task('loose', (): string[] => [])
  const reads = app.task('reads', (list: readonly string[]) => list.length)
  const sorts = app.task('sorts', (list: string[]) => list.sort())
  const takesPair = app.task('takesPair', ([n, name]: readonly [number, string]) => `${n}${name}`)
  expectTypeOf(frozen.s().pipe(reads.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(loose.s().pipe(reads.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(loose.s().pipe(sorts.s())).toEqualTypeOf<Signature<string[]>>()
  expectTypeOf(pair.s().pipe(takesPair.s())).toEqualTypeOf<Signature<string>>()
  // @ts-expect-error: it says that it may change the list
  frozen.s().pipe(sorts.s())
})

test('a task that sends another gives the id of its result', () => {
  const start = app.task('start', async (name: string) => hello.delay(name))
  expectTypeOf(start.s('x').pipe(hello.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(start.run('x')).toEqualTypeOf<Promise<string>>()
})

test('a step that never gives anything may stand before any other', () => {
  const fails = app.task('fails', (): never => {
    throw new Error('no')
  })
  expectTypeOf(fails.s().pipe(add.s(1), hello.si('x'))).toEqualTypeOf<Signature<string>>()
})

test('what gives any is followed by whatever takes a value, as TypeScript would have it', () => {
  const parse = app.task('parse', (text: string) => JSON.parse(text))
  const lines = app.task('lines', (text: string) => [JSON.parse(text)])
  const info = app.task('info', (text: string) => ({ title: JSON.parse(text), url: text }))
  const total = app.task('total', (numbers: number[]) => numbers.length)
  expectTypeOf(parse.s('{}').pipe(parsePage.s(), store.s('u'))).toEqualTypeOf<Signature<void>>()
  expectTypeOf(chain(parse.s('1'), add.s(1))).toEqualTypeOf<Signature<number>>()
  expectTypeOf(parse.s('1').pipe(add.si(1, 2))).toEqualTypeOf<Signature<number>>()
  expectTypeOf(parse.s('"1"').pipe(parse.s(), hello.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(parse.s('1').pipe(group(add.s(1), hello.s()))).toEqualTypeOf<Group<[number, string]>>()
  expectTypeOf(lines.s('1').pipe(total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(info.s('u').pipe(store.s('u'))).toEqualTypeOf<Signature<void>>()
  expectTypeOf(chord([parse.s('1'), add.s(1, 2)], total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(chord(['1'].map((text) => parse.s(text)))(total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(group(parse.s('1')).pipe(total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(parse.map(['1']).pipe(total.s()).run()).toEqualTypeOf<Promise<number>>()
  parse.s('1').link(hello.s())
  // @ts-expect-error: it takes nothing at all
  parse.s('1').pipe(cleanUp.s())
  // @ts-expect-error: a list of any is a list
  lines.s('1').pipe(add.s(1))
})

test('values pass through JSON between the steps', () => {
  // @ts-expect-error: the Date arrives as a text
  now.s().pipe(later.s())
  expectTypeOf(now.s().pipe(hello.s())).toEqualTypeOf<Signature<string>>()
})

test('a step that does not fit is told with both sides', () => {
  type Step = Parameters<typeof takesPage>[0]
  const takesPage = (step: { 'this step takes': [page: Page]; 'the step before gives': number }): unknown =>
    step
  expectTypeOf<Step>().toHaveProperty('this step takes')
  const wrong: Step = { 'this step takes': [{ url: 'u' }], 'the step before gives': 1 }
  // @ts-expect-error: the complaint is the type that pipe asks for here, and no signature is of it
  add.s(1, 2).pipe<[Signature<Info, [page: Page]>]>(parsePage.s())
  takesPage(wrong)
})

test('steps of one kind can be folded into a line', () => {
  const steps = [1, 2, 3].map((n) => add.s(n))
  expectTypeOf(steps.reduce((line, step) => line.pipe(step))).toEqualTypeOf<Signature<number, [a: number]>>()
  expectTypeOf(steps.reduce((line, step) => line.pipe(step), add.s(1, 2))).toEqualTypeOf<Signature<number>>()
})

test('a pipe that ends in a group is a group', () => {
  const fan = add.s(1, 2).pipe(group(add.s(1), hello.s('x').pipe(hello.s()).set({ immutable: true })))
  expectTypeOf(fan).toEqualTypeOf<Group<[number, string]>>()
})
