import type { AsyncResult, Failure } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import { chord } from './chord.ts'
import { group } from './group.ts'
import type { AnySignature, Group, Signature } from './signature.ts'
import { signature } from './signature-of.ts'
import type { Task, TaskMaker } from './task.ts'

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

test('a signature without its arguments asks for exactly those', () => {
  expectTypeOf(add.s(2).delay(4)).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(add.s(1, 2).delay()).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(add.s(1, 2).applyAsync()).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(add.s(2).applyAsync([4], { priority: 9 })).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(store.si({ title: 't' }, 'u').delay()).toEqualTypeOf<Promise<AsyncResult<void>>>()
  expectTypeOf(store.si({ title: 't' }, 'u').applyAsync()).toEqualTypeOf<Promise<AsyncResult<void>>>()
  // @ts-expect-error: one is missing
  add.s(2).delay()
  // @ts-expect-error: nothing is missing
  add.s(1, 2).delay(3)
  // @ts-expect-error: it must be a number
  add.s(2).delay('4')
  // @ts-expect-error: one is missing
  add.s(2).applyAsync()
  // @ts-expect-error: an immutable signature takes nothing
  add.si(1, 2).delay(3)
  // @ts-expect-error: one is missing
  add.s(2).run()
  // @ts-expect-error: one is missing
  add.s(2).apply()
})

test('optional arguments may be given when it is sent, or not', () => {
  const greet = app.task('greet', (name: string, options?: { loud: boolean }) => `${name}${options?.loud}`)
  expectTypeOf(greet.s().delay('x')).toEqualTypeOf<Promise<AsyncResult<string>>>()
  expectTypeOf(greet.s().delay('x', { loud: true })).toEqualTypeOf<Promise<AsyncResult<string>>>()
  expectTypeOf(greet.s({ loud: true }).run('x')).toEqualTypeOf<Promise<string>>()
  const total = app.task('total', (...numbers: number[]) => numbers.length)
  expectTypeOf(total.s(1).delay()).toEqualTypeOf<Promise<AsyncResult<number>>>()
  expectTypeOf(total.s(1).delay(2, 3)).toEqualTypeOf<Promise<AsyncResult<number>>>()
  // @ts-expect-error: the name is missing
  greet.s().delay()
  // @ts-expect-error: it has its options
  greet.s({ loud: true }).delay('x', { loud: true })
  // @ts-expect-error: all of them are numbers
  total.s(1).delay('2')
})

test('a handle gives the value, or the error where it is asked not to throw it', () => {
  const result = {} as Awaited<ReturnType<ReturnType<typeof fetchPage.s<[string]>>['delay']>>
  expectTypeOf(result.get()).toEqualTypeOf<Promise<Page>>()
  expectTypeOf(result.get({ timeout: '10s' })).toEqualTypeOf<Promise<Page>>()
  expectTypeOf(result.get({ propagate: true })).toEqualTypeOf<Promise<Page>>()
  expectTypeOf(result.get({ propagate: false })).toEqualTypeOf<Promise<Page | Error>>()
  expectTypeOf(
    result.get({ propagate: false, timeout: 5, allowInTask: true, onMessage: () => {} }),
  ).toEqualTypeOf<Promise<Page | Error>>()
  expectTypeOf(result.parent).toEqualTypeOf<AsyncResult<unknown> | null>()
  expectTypeOf(result.children).toEqualTypeOf<readonly AsyncResult<unknown>[]>()
  expectTypeOf(result).not.toHaveProperty('then')
  // @ts-expect-error: weeks are no unit
  result.get({ timeout: '1w' })
})

test('options, keyword arguments, links and stamps leave the type as it is', () => {
  const sig = add.s(2)
  expectTypeOf(
    sig.set({
      queue: 'q',
      priority: 3,
      countdown: '10s',
      expires: new Date(),
      timeLimit: 1_000,
      softTimeLimit: '1s',
      taskId: 'x',
      headers: { a: 1 },
      ignoreResult: true,
      shadow: 's',
      stamps: { tenant: 7 },
    }),
  ).toEqualTypeOf(sig)
  expectTypeOf(sig.set({ eta: '2030-01-01' })).toEqualTypeOf(sig)
  expectTypeOf(sig.stamp({ tenant: 7 })).toEqualTypeOf(sig)
  expectTypeOf(sig.clone()).toEqualTypeOf(sig)
  expectTypeOf(sig.set({ immutable: true })).toEqualTypeOf<Signature<number, unknown>>()
  // @ts-expect-error: there is no such option
  sig.set({ que: 'q' })
  // @ts-expect-error: a priority is a number
  sig.set({ priority: 'high' })
})

test('keyword arguments are one last argument', () => {
  const render = app.task('render', (page: Page, options: { depth: number }) => `${page.url}${options.depth}`)
  expectTypeOf(fetchPage.s('u').pipe(render.s().kw({ depth: 2 }))).toEqualTypeOf<Signature<string>>()
  expectTypeOf(render.s().kw({ depth: 2 })).toEqualTypeOf<Signature<string, [page: Page]>>()
  expectTypeOf(group(render.s()).kw({ depth: 2 })).toEqualTypeOf<Group<[string], [page: Page]>>()
  expectTypeOf(add.s(1).kw({ anything: true })).toEqualTypeOf<Signature<number, [a: number]>>()
  // @ts-expect-error: without them it does not follow a page
  fetchPage.s('u').pipe(render.s())
})

test('a call that lacks nothing but keyword arguments waits for them', () => {
  const crawl = app.task('crawl', (url: string, options: { depth: number; wide: boolean }) => [url, options])
  const owing = crawl.s('u')
  expectTypeOf(owing.kw({ depth: 2, wide: true }).delay()).toExtend<Promise<AsyncResult<unknown[]>>>()
  expectTypeOf(owing.kw({ depth: 2 }).kw({ wide: true }).delay()).toExtend<Promise<AsyncResult<unknown[]>>>()
  expectTypeOf(owing.applyAsync([], { kwargs: { depth: 2, wide: true } })).toExtend<
    Promise<AsyncResult<unknown[]>>
  >()
  expectTypeOf(crawl.signature(['u'], { kwargs: { depth: 2, wide: true } }).delay()).toExtend<
    Promise<unknown>
  >()
  expectTypeOf(crawl.s().clone(['u'], { depth: 2, wide: true }).delay()).toExtend<Promise<unknown>>()
  expectTypeOf(
    hello
      .s('x')
      .pipe(crawl.si('u').kw({ depth: 2, wide: true }))
      .delay(),
  ).toExtend<Promise<unknown>>()
  // @ts-expect-error: they are missing
  owing.delay()
  // @ts-expect-error: one is missing
  owing.kw({ depth: 2 }).delay()
  // @ts-expect-error: a depth is a number
  owing.kw({ depth: '2', wide: true }).delay()
  // @ts-expect-error: they are missing
  hello.s('x').pipe(crawl.si('u'))
  // @ts-expect-error: they are missing
  owing.applyAsync([], { queue: 'q' })
})

test('a clone takes some of the missing arguments', () => {
  expectTypeOf(add.s().clone([2])).toEqualTypeOf<Signature<number, [a: number]>>()
  expectTypeOf(add.s().clone([1, 2], { k: 1 }, { queue: 'q' })).toEqualTypeOf<Signature<number>>()
  expectTypeOf(group(add.s()).clone([2])).toEqualTypeOf<Group<[number], [a: number]>>()
  // @ts-expect-error: only one is missing
  add.s(2).clone([1, 2])
})

test('links take the value, errbacks the failure', () => {
  const report = app.task('report', (failure: Failure, channel: string) => `${failure.id}${channel}`)
  const sig = add.s(1, 2)
  expectTypeOf(sig.link(add.s(1), add.si(1, 2))).toEqualTypeOf(sig)
  expectTypeOf(sig.linkError(report.s('ops'), cleanUp.si())).toEqualTypeOf(sig)
  expectTypeOf(sig.onError(report.s('ops'))).toEqualTypeOf(sig)
  const all = group(sig, sig)
  expectTypeOf(all.link(cleanUp.si())).toEqualTypeOf(all)
  // @ts-expect-error: a number is no text
  sig.link(hello.s())
  // @ts-expect-error: a failure is no text
  sig.linkError(hello.s())
  sig.applyAsync([], { link: add.s(1), linkError: [report.s('ops'), cleanUp.si()] })
})

test('what takes more may stand where less is given', () => {
  expectTypeOf(add.si(1, 2)).toExtend<Signature<number, [string]>>()
  expectTypeOf(add.s(2)).toExtend<AnySignature>()
  expectTypeOf(group(add.s(2))).toExtend<Signature<number[], [number]>>()
  expectTypeOf(add.s(2)).not.toExtend<Signature<number, [string]>>()
  expectTypeOf(add.s(2)).not.toExtend<Signature<string, [number]>>()
})

test('a signature can be awaited without being sent', () => {
  expectTypeOf<Awaited<ReturnType<typeof add.s<[number]>>>>().toEqualTypeOf<Signature<number, [a: number]>>()
  expectTypeOf(add.s(1)).not.toHaveProperty('then')
})

test('functions that do not know the types yet can compose, too', () => {
  const look = app.task('look', (value: unknown) => String(value))
  const list = app.task('list', (values: readonly unknown[]) => values.length)
  function looked<T>(one: Signature<T>, same: Signature<T, [T]>): Signature<string> {
    return one.link(look.s()).pipe(same, look.s())
  }
  function counted<T>(all: Signature<T>[]): Signature<number> {
    return all.length > 1 ? chord(all, list.s()) : group(all).pipe(list.s())
  }
  function sent<A, B>(task: Task<(first: A, second: number) => B>, first: A): Signature<string> {
    task.starmap([[first, 1]])
    task.s(1).delay(first)
    return task.s(first, 1).pipe(look.s())
  }
  function made<T extends Page>(name: string, fn: (item: T) => T, item: T): Signature<string> {
    const task = app.task(name, fn)
    task.map([item])
    return task.s(item).pipe(look.s())
  }
  expectTypeOf(looked(hello.s('x'), hello.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(counted([hello.s('x')])).toEqualTypeOf<Signature<number>>()
  expectTypeOf(sent(add, 1)).toEqualTypeOf<Signature<string>>()
  expectTypeOf(made('same', (page: Page) => page, { url: 'u' })).toEqualTypeOf<Signature<string>>()
  // @ts-expect-error: the step takes a number
  looked(hello.s('x'), add.s(1))
})

test('drawing and writing', () => {
  expectTypeOf(add.s(1).toMermaid()).toBeString()
  expectTypeOf(add.s(1).toDot()).toBeString()
  expectTypeOf(add.s(1).toString()).toBeString()
  expectTypeOf(add.s(1).stringify()).toBeString()
  expectTypeOf(add.s(1).fingerprint).toBeString()
  expectTypeOf(add.s(1).equals(hello.s())).toBeBoolean()
})

test('a signature by name is what the caller says it is', () => {
  expectTypeOf(signature('reports.render', { args: [1] })).toEqualTypeOf<
    Signature<unknown, readonly unknown[]>
  >()
  expectTypeOf(signature<Page, []>(JSON.parse('{}')).pipe(parsePage.s())).toEqualTypeOf<Signature<Info>>()
  expectTypeOf(add.s(1, 2).pipe(signature('x', {}))).toEqualTypeOf<Signature<unknown>>()
  expectTypeOf(signature(add.s(1, 2).toJSON()).delay(1, 'two')).toEqualTypeOf<Promise<AsyncResult<unknown>>>()
  // @ts-expect-error: unknown is no page; say what it gives
  signature('x', {}).pipe(parsePage.s())
})

test('a signature by name stands anywhere, and is checked as far as it is known', () => {
  const byName = signature('x', { args: [1] })
  const look = app.task('look', (value: unknown) => String(value))
  const total = app.task('total', (numbers: number[]) => numbers.length)
  expectTypeOf(byName.delay()).toEqualTypeOf<Promise<AsyncResult<unknown>>>()
  expectTypeOf(fetchPage.s('u').pipe(byName, byName, look.s())).toEqualTypeOf<Signature<string>>()
  expectTypeOf(byName.pipe(hello.si('x'))).toEqualTypeOf<Signature<string, readonly unknown[]>>()
  expectTypeOf(group(byName, add.s(1, 2)).run()).toEqualTypeOf<Promise<[unknown, number]>>()
  expectTypeOf(chord([add.s(1, 2)], byName)).toEqualTypeOf<Signature<unknown>>()
  expectTypeOf(add.s(1, 2).link(byName).onError(byName)).toEqualTypeOf<Signature<number>>()
  const page = signature<Page>('fetchPage', {})
  expectTypeOf(page.pipe(parsePage.s())).toEqualTypeOf<Signature<Info, readonly unknown[]>>()
  expectTypeOf(hello.s('x').pipe(page)).toEqualTypeOf<Signature<Page>>()
  const parse = signature<Info, [Page]>('parsePage', {})
  expectTypeOf(fetchPage.s('u').pipe(parse)).toEqualTypeOf<Signature<Info>>()
  // @ts-expect-error: a text is no page
  hello.s('x').pipe(parse)
  // @ts-expect-error: a page is missing
  parse.delay()
  // @ts-expect-error: a list of who knows what is no list of numbers
  chord([byName], total.s())
})
