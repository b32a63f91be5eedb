import type { AsyncResult, TaskContext } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import type { Group, Signature } from './signature.ts'
import type { TaskMaker } from './task.ts'

interface Page {
  url: string
}
interface Info {
  title: string
}
declare const app: { readonly task: TaskMaker }
declare class HttpError extends Error {}

const add = app.task('add', (a: number, b: number) => a + b)
const fetchPage = app.task('fetchPage', async (url: string): Promise<Page> => ({ url }))
const parsePage = app.task(function parsePage(page: Page): Info {
  return { title: page.url }
})
const store = app.task(
  { name: 'store', maxRetries: 5, autoretryFor: [HttpError], retryBackoff: true },
  async (info: Info, url: string) => {
    await Promise.resolve([info, url])
  },
)
const upload = app.task({ name: 'upload', bind: true }, async (self, files: string[]) => {
  expectTypeOf(self).toEqualTypeOf<TaskContext>()
  for (const [i] of files.entries()) await self.updateState('PROGRESS', { current: i, total: files.length })
})

test('a plain call is a call of the function', () => {
  expectTypeOf(add(1, 2)).toEqualTypeOf<number>()
  expectTypeOf(fetchPage('u')).toEqualTypeOf<Promise<Page>>()
  expectTypeOf(parsePage({ url: 'u' })).toEqualTypeOf<Info>()
  // @ts-expect-error: a number is not a url
  fetchPage(1)
})

test('a generic function stays generic in a plain call', () => {
  const first = app.task('first', <T>(items: readonly T[]): T | undefined => items[0])
  expectTypeOf(first([1, 2])).toEqualTypeOf<number | undefined>()
})

test('a bound task does not ask for the running task', () => {
  expectTypeOf(upload.s(['a'])).toEqualTypeOf<Signature<void>>()
  expectTypeOf(upload(['a'])).toEqualTypeOf<Promise<void>>()
  // @ts-expect-error: files are texts
  upload.s([1])
})

test('s takes the last arguments, in front of which the rest is still missing', () => {
  expectTypeOf(add.s(1, 2)).toEqualTypeOf<Signature<number>>()
  expectTypeOf(add.s(2)).toEqualTypeOf<Signature<number, [a: number]>>()
  expectTypeOf(add.s()).toEqualTypeOf<Signature<number, [a: number, b: number]>>()
  expectTypeOf(store.s('u')).toEqualTypeOf<Signature<void, [info: Info]>>()
  // @ts-expect-error: a text is no number
  add.s('1')
  // @ts-expect-error: one too many
  add.s(1, 2, 3)
  // @ts-expect-error: partials are the last parameters, and a url is last
  store.s({ title: 't' })
})

test('si takes all arguments and no previous value', () => {
  expectTypeOf(add.si(1, 2)).toEqualTypeOf<Signature<number, unknown>>()
  // @ts-expect-error: nobody will bring the other one
  add.si(1)
})

test('the long form of a signature', () => {
  expectTypeOf(add.signature()).toEqualTypeOf<Signature<number, [a: number, b: number]>>()
  expectTypeOf(add.signature([2], { queue: 'low', kwargs: { depth: 2 } })).toEqualTypeOf<
    Signature<number, [a: number]>
  >()
  expectTypeOf(add.signature([1, 2], { immutable: true })).toEqualTypeOf<Signature<number, unknown>>()
  // @ts-expect-error: there is no such option
  add.signature([1, 2], { que: 'low' })
})

test('launching asks for every argument', () => {
  expectTypeOf(add.delay(1, 2)).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(add.run(1, 2)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(add.apply(1, 2)).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(add.applyAsync([2, 2], { queue: 'low', countdown: '10s' })).toEqualTypeOf<
    Promise<AsyncResult<number>>
  >()
  // @ts-expect-error: two are missing
  add.applyAsync()
  // @ts-expect-error: one is missing
  add.delay(1)
  // @ts-expect-error: weeks are no unit
  add.applyAsync([2, 2], { countdown: '1w' })
})

test('keyword arguments may be given in place of a last object', () => {
  const crawl = app.task('crawl', (url: string, options: { depth: number }) => `${url}${options.depth}`)
  expectTypeOf(crawl.applyAsync(['u'], { kwargs: { depth: 2 } })).toEqualTypeOf<
    Promise<AsyncResult<string>>
  >()
  expectTypeOf(crawl.delay('u', { depth: 2 })).toEqualTypeOf<Promise<AsyncResult<string>>>()
  // @ts-expect-error: they are missing
  crawl.applyAsync(['u'])
  // @ts-expect-error: a depth is a number
  crawl.applyAsync(['u'], { kwargs: { depth: '2' } })
})

test('optional and rest parameters', () => {
  const greet = app.task('greet', (name: string, options?: { loud: boolean }) => `${name}${options?.loud}`)
  expectTypeOf(greet.s()).toEqualTypeOf<
    Signature<string, [name: string, options?: { loud: boolean } | undefined]>
  >()
  expectTypeOf(greet.s('x')).toEqualTypeOf<Signature<string>>()
  expectTypeOf(greet.s({ loud: true })).toEqualTypeOf<Signature<string, [name: string]>>()
  expectTypeOf(greet.s('x', { loud: true })).toEqualTypeOf<Signature<string>>()
  const total = app.task('total', (...numbers: number[]) => numbers.length)
  expectTypeOf(total.s(1, 2)).toEqualTypeOf<Signature<number, number[]>>()
  expectTypeOf(total.delay()).toEqualTypeOf<Promise<AsyncResult<number>>>()
  const noted = app.task('noted', (when = 'now') => when)
  expectTypeOf(noted.applyAsync()).toEqualTypeOf<Promise<AsyncResult<string>>>()
})

test('results are what JSON makes of them', () => {
  const dated = app.task('dated', () => new Date())
  const list = app.task('list', (): readonly string[] => [])
  const sent = app.task('sent', () => add.delay(1, 2))
  const either = app.task('either', (): Page | undefined => undefined)
  const nothing = app.task('nothing', () => {})
  expectTypeOf(dated.s()).toEqualTypeOf<Signature<string>>()
  expectTypeOf(list.s()).toEqualTypeOf<Signature<readonly string[]>>()
  expectTypeOf(sent.s()).toEqualTypeOf<Signature<string>>()
  expectTypeOf(either.s()).toEqualTypeOf<Signature<Page | null>>()
  expectTypeOf(nothing.s()).toEqualTypeOf<Signature<void>>()
})

test('map, starmap and chunks take lists of arguments and no previous value', () => {
  const double = app.task('double', (n: number) => n * 2)
  expectTypeOf(double.map([1, 2])).toEqualTypeOf<Signature<number[], unknown>>()
  expectTypeOf(
    add.starmap([
      [1, 2],
      [3, 4],
    ]),
  ).toEqualTypeOf<Signature<number[], unknown>>()
  expectTypeOf(
    add.chunks(
      [
        [1, 2],
        [3, 4],
      ],
      10,
    ),
  ).toEqualTypeOf<Group<number[][], unknown>>()
  // @ts-expect-error: items are numbers
  double.map(['1'])
  // @ts-expect-error: each item has two arguments
  add.starmap([[1]])
})

test('options are checked where a task is made', () => {
  // @ts-expect-error: there is no such option
  app.task({ name: 'x', maxRetry: 1 }, () => 1)
  // @ts-expect-error: only classes of errors can be retried for
  app.task({ name: 'x', autoretryFor: [Date] }, () => 1)
})
