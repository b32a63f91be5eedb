import type { AsyncResult, GroupResult } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import { group } from './group.ts'
import type { Group, Signature } from './signature.ts'
import type { TaskMaker } from './task.ts'
import type { NotJson } from './typing/wire.ts'

interface Page {
  url: string
}
declare const app: { readonly task: TaskMaker }
declare const urls: string[]
const add = app.task('add', (a: number, b: number) => a + b)
const hello = app.task('hello', (name: string) => `hello ${name}`)
const square = app.task('square', (n: number) => n * n)
const total = app.task('total', (numbers: number[]) => numbers.length)
const report = app.task('report', (_pair: readonly [number, string]) => {})
const fetchPage = app.task('fetchPage', async (url: string): Promise<Page> => ({ url }))

test('a group of a tuple gives a tuple, of an array an array', () => {
  expectTypeOf(group(urls.map((u) => fetchPage.s(u)))).toEqualTypeOf<Group<Page[]>>()
  expectTypeOf(group(add.s(1, 2), hello.s('x'))).toEqualTypeOf<Group<[number, string]>>()
  expectTypeOf(group([add.s(1, 2), hello.s('x')])).toEqualTypeOf<Group<[number, string]>>()
  expectTypeOf(group(new Set([add.s(1, 2)]))).toEqualTypeOf<Group<number[]>>()
  expectTypeOf(group(group(add.s(1, 2)), hello.s('x'))).toEqualTypeOf<Group<[[number], string]>>()
  function* each() {
    for (const url of urls) yield fetchPage.s(url)
  }
  expectTypeOf(group(each())).toEqualTypeOf<Group<Page[]>>()
  expectTypeOf(group(urls.map((u) => fetchPage.s(u)) as readonly Signature<Page>[])).toEqualTypeOf<
    Group<Page[]>
  >()
  expectTypeOf(group(...urls.map((u) => fetchPage.s(u)))).toEqualTypeOf<Group<Page[]>>()
  expectTypeOf(group([add.s(1, 2), hello.s('x')] as const)).toEqualTypeOf<Group<[number, string]>>()
})

test('an empty group gives the empty list, and takes anything', () => {
  expectTypeOf(group()).toEqualTypeOf<Group<[], unknown>>()
  expectTypeOf(group([])).toEqualTypeOf<Group<[], unknown>>()
  expectTypeOf(hello.s('x').pipe(group([]), total.s())).toEqualTypeOf<Signature<number>>()
  // @ts-expect-error: there is nothing in it
  group([]).pipe(report.s())
})

test('the handle of a group has a result for each member', () => {
  const all = group(urls.map((u) => fetchPage.s(u)))
  const pair = group(add.s(1, 2), hello.s('x'))
  expectTypeOf(all.delay()).toEqualTypeOf<Promise<GroupResult<Page[]>>>()
  expectTypeOf(pair.apply()).toEqualTypeOf<Promise<GroupResult<[number, string]>>>()
  expectTypeOf(pair.applyAsync()).toEqualTypeOf<Promise<GroupResult<[number, string]>>>()
  expectTypeOf(pair.set({ queue: 'q' }).run()).toEqualTypeOf<Promise<[number, string]>>()
  const handle = {} as Awaited<ReturnType<typeof all.delay>>
  expectTypeOf([...handle]).toEqualTypeOf<AsyncResult<Page>[]>()
  expectTypeOf(handle.results).toEqualTypeOf<readonly AsyncResult<Page>[]>()
  expectTypeOf(handle.get()).toEqualTypeOf<Promise<Page[]>>()
  expectTypeOf(handle.completedCount()).toEqualTypeOf<Promise<number>>()
  expectTypeOf(handle.save()).toEqualTypeOf<Promise<string>>()
  type Results = Awaited<ReturnType<typeof pair.delay>>['results']
  expectTypeOf<Results[1]>().toEqualTypeOf<AsyncResult<string>>()
})

test('what follows a group takes the list', () => {
  expectTypeOf(group([1, 2].map((n) => square.s(n))).pipe(total.s())).toEqualTypeOf<Signature<number>>()
  expectTypeOf(group(add.s(1, 2), hello.s('x')).pipe(report.s())).toEqualTypeOf<Signature<void>>()
  // @ts-expect-error: a list of texts is no list of numbers
  group(hello.s('x'), hello.s('y')).pipe(total.s())
  // @ts-expect-error: a number is no list
  add.s(1, 2).pipe(total.s())
  // @ts-expect-error: the members are the other way round
  group(hello.s('x'), add.s(1, 2)).pipe(report.s())
})

test('a group that follows a step hands its value to every member', () => {
  expectTypeOf(square.s(2).pipe(group(add.s(1), square.s()))).toEqualTypeOf<Group<[number, number]>>()
  expectTypeOf(square.s(2).pipe(group(add.si(1, 2), square.s()))).toEqualTypeOf<Group<[number, number]>>()
  expectTypeOf(group(square.s(1)).pipe(group(total.s(), total.s()))).toEqualTypeOf<Group<[number, number]>>()
  // @ts-expect-error: one member takes a text
  square.s(2).pipe(group(add.s(1), hello.s()))
  // @ts-expect-error: one member is complete already
  square.s(2).pipe(group(add.s(1), square.s(2)))
})

test('a partial group asks for what every member misses', () => {
  const partial = group(square.s(), add.s(1))
  expectTypeOf(partial.delay(2)).toEqualTypeOf<Promise<GroupResult<[number, number]>>>()
  // @ts-expect-error: one is missing
  partial.delay()
})

test('a member whose result JSON refuses makes the group refused', () => {
  const index = app.task('index', () => new Map<string, number>())
  const count = app.task('count', (list: unknown[]) => list.length)
  expectTypeOf(group(index.s())).toEqualTypeOf<Group<[NotJson<'a Map'>]>>()
  // @ts-expect-error: a Map never arrives
  group(index.s(), add.s(1, 2)).pipe(count.s())
  // @ts-expect-error: nor do many
  group(urls.map(() => index.s())).pipe(count.s())
})

test('only signatures are members', () => {
  // @ts-expect-error: a task is not a signature
  group(add)
  // @ts-expect-error: nor is a number
  group([1])
})
