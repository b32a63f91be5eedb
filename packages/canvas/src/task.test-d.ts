import type { AsyncResult } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import type { Self } from './self.ts'
import type { Group, Signature } from './signature.ts'
import type { Task, TaskMaker } from './task.ts'
import type { NotJson } from './typing/wire.ts'

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
  expectTypeOf(self).toEqualTypeOf<Self<undefined>>()
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
  expectTypeOf(first.s([1, 2])).toEqualTypeOf<Signature<unknown>>()
})

test('a generic function is sent as one of its instances', () => {
  function wrap<T>(item: T): T[] {
    return [item]
  }
  const wrapAny = app.task('wrap', wrap)
  const wrapNumber = wrapAny as Task<typeof wrap<number>>
  expectTypeOf(wrapNumber.s(1)).toEqualTypeOf<Signature<number[]>>()
  expectTypeOf(wrapNumber.s()).toEqualTypeOf<Signature<number[], [item: number]>>()
  expectTypeOf(app.task('wrapText', wrap<string>).s('x')).toEqualTypeOf<Signature<string[]>>()
  const titled = app.task('titled', <T extends Info>(item: T): T => item)
  expectTypeOf(titled.s()).toEqualTypeOf<Signature<Info, [item: Info]>>()
  // @ts-expect-error: it gives unknown[], and a list of numbers is wanted
  wrapAny.s(1).pipe(wrapNumber.s(), app.task('sum', (numbers: number[]) => numbers.length).s(), wrapAny.s(1))
  // @ts-expect-error: a text is no number
  wrapNumber.s('1')
})

test('a bound task does not ask for the running task', () => {
  expectTypeOf(upload.s(['a'])).toEqualTypeOf<Signature<void>>()
  expectTypeOf(upload(['a'])).toEqualTypeOf<Promise<void>>()
  // @ts-expect-error: files are texts
  upload.s([1])
})

test('a bound task has optional and rest parameters like any other', () => {
  const pack = app.task({ name: 'pack', bind: true }, (self, to: string, ...files: string[]) => {
    expectTypeOf(self).toEqualTypeOf<Self<undefined>>()
    return files.length + to.length
  })
  expectTypeOf(pack.s()).toEqualTypeOf<Signature<number, [to: string, ...files: string[]]>>()
  expectTypeOf(pack.delay('a', 'b', 'c')).toEqualTypeOf<Promise<AsyncResult<number>>>()
  const all = app.task({ name: 'all', bind: true }, (_self, ...numbers: number[]) => numbers)
  expectTypeOf(all.s(1, 2)).toEqualTypeOf<Signature<number[], number[]>>()
  const greet = app.task(
    { name: 'greet', bind: true },
    (_self, name: string, loud?: boolean) => `${name}${loud}`,
  )
  expectTypeOf(greet.s('x')).toEqualTypeOf<Signature<string>>()
  const alone = app.task({ name: 'alone', bind: true }, (self) => self.request.id)
  expectTypeOf(alone.s()).toEqualTypeOf<Signature<string>>()
  // @ts-expect-error: files are texts
  pack.delay('a', 1)
  // @ts-expect-error: it takes nothing
  alone.s(1)
})

test('of a function of type any, bound or not, is made a task that takes anything', () => {
  const maybe: boolean = Math.random() < 0.5
  const loose = app.task({ name: 'loose', bind: maybe }, JSON.parse('null'))
  expectTypeOf(loose.s(1, 'a')).toEqualTypeOf<Signature<unknown, unknown[]>>()
  // @ts-expect-error: a task is no number
  const none: number = app.task({ name: 'loose', bind: maybe }, JSON.parse('null'))
  // @ts-expect-error: whether it is bound, its function must know
  app.task({ name: 'tight', bind: maybe }, (n: number) => n)
  return none
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

test('a result that JSON refuses is followed by nothing', () => {
  const index = app.task('index', async () => new Map<string, number>())
  const crawled = app.task('crawled', (url: string) => ({ url, seen: new Set([url]) }))
  const count = app.task('count', (...values: unknown[]) => values.length)
  expectTypeOf(index.s()).toEqualTypeOf<Signature<NotJson<'a Map'>>>()
  expectTypeOf(crawled.s('u')).toEqualTypeOf<Signature<NotJson<{ seen: 'a Set' }>>>()
  expectTypeOf(index()).toEqualTypeOf<Promise<Map<string, number>>>()
  // @ts-expect-error: it never arrives, not even where anything may
  index.s().pipe(count.s())
  // @ts-expect-error: nor where nobody looks at it
  index.s().pipe(add.si(1, 2))
  // @ts-expect-error: a part of it is refused
  crawled.s('u').pipe(app.task('url', (page: { url: string }) => page.url).s())
  // @ts-expect-error: a callback that takes a list takes no Map
  index.s().link(app.task('list', (list: unknown[]) => list.length).s())
})

test('a parameter that JSON refuses can be given in a plain call only', () => {
  const size = app.task('size', (map: Map<string, number>, more: number) => map.size + more)
  const each = app.task('each', (items: string[], done?: (item: string) => void) =>
    items.forEach(done ?? (() => {})),
  )
  const index = app.task('index', () => new Map<string, number>())
  expectTypeOf(size(new Map(), 1)).toEqualTypeOf<number>()
  expectTypeOf(size.s(1)).toEqualTypeOf<Signature<number, [map: NotJson<'a Map'>]>>()
  expectTypeOf(each.s(['a'])).toEqualTypeOf<Signature<void>>()
  each(['a'], () => {})
  // @ts-expect-error: a Map cannot travel
  size.s(new Map(), 1)
  // @ts-expect-error: by no way
  size.si(new Map(), 1)
  // @ts-expect-error: by no way
  size.delay(new Map(), 1)
  // @ts-expect-error: by no way
  size.starmap([[new Map(), 1]])
  // @ts-expect-error: by no way
  size.s(1).delay(new Map())
  // @ts-expect-error: nor is it what another step gives
  index.s().pipe(size.s(1))
  // @ts-expect-error: a function cannot travel
  each.s(['a'], () => {})
})

test('a Date is given as it is, and arrives as a text', () => {
  const year = app.task('year', (when: Date | string) => new Date(when).getFullYear())
  expectTypeOf(year.s(new Date())).toEqualTypeOf<Signature<number>>()
  const now = app.task('now', () => new Date())
  expectTypeOf(now.s().pipe(year.s())).toEqualTypeOf<Signature<number>>()
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
  const either = app.task('either', (n: number, base?: number) => n + (base ?? 10))
  const all = app.task('all', (...numbers: number[]) => numbers.length)
  const none = app.task('none', () => 1)
  expectTypeOf(either.map(new Set([1, 2]))).toEqualTypeOf<Signature<number[], unknown>>()
  expectTypeOf(all.map([1, 2])).toEqualTypeOf<Signature<number[], unknown>>()
  const pairs = [[1, 2]] as const
  expectTypeOf(add.starmap(pairs)).toEqualTypeOf<Signature<number[], unknown>>()
  expectTypeOf(add.chunks(pairs, 1)).toEqualTypeOf<Group<number[][], unknown>>()
  expectTypeOf(add.applyAsync(pairs[0])).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(add.s().applyAsync(pairs[0])).toEqualTypeOf<Promise<AsyncResult<number>>>()
  // @ts-expect-error: items are numbers
  double.map(['1'])
  // @ts-expect-error: each call needs two arguments
  add.map([1, 2])
  // @ts-expect-error: a call takes none
  none.map([1, 2])
  // @ts-expect-error: each item has two arguments
  add.starmap([[1]])
})

test('options are checked where a task is made', () => {
  // @ts-expect-error: there is no such option
  app.task({ name: 'x', maxRetry: 1 }, () => 1)
  // @ts-expect-error: only classes of errors can be retried for
  app.task({ name: 'x', autoretryFor: [Date] }, () => 1)
})
