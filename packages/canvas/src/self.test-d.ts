import { type RetryOptions, currentTask as running, type TaskContext, type TaskRequest } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import { group } from './group.ts'
import { currentTask, type Self } from './self.ts'
import type { Group, Signature } from './signature.ts'
import { signature } from './signature-of.ts'
import type { TaskMaker } from './task.ts'
import type { Base } from './tasks/task-base.ts'
import type { NotJson } from './typing/wire.ts'

interface Page {
  url: string
}
declare const app: { readonly task: TaskMaker }
const add = app.task('add', (a: number, b: number) => a + b)
const hello = app.task('hello', (name: string) => `hello ${name}`)
const fetchPage = app.task('fetchPage', async (url: string): Promise<Page> => ({ url }))
const cleanUp = app.task('cleanUp', () => {})

test('the running task shows what tasks need, and nothing of how it is run', () => {
  expectTypeOf<TaskContext>().toExtend<Self>()
  expectTypeOf<keyof Self>().toEqualTypeOf<
    | ('request' | 'signal' | 'state' | 'log')
    | ('retry' | 'replace' | 'addToChord' | 'updateState' | 'progress')
  >()
  expectTypeOf<Self['request']>().toEqualTypeOf<TaskRequest>()
  expectTypeOf<Self['retry']>().toExtend<(options?: RetryOptions) => never>()
  expectTypeOf(currentTask()).toEqualTypeOf<Self | null>()
  expectTypeOf(running()).toExtend<ReturnType<typeof currentTask>>()
})

test('a task that may be replaced gives what the replacement gives, too', () => {
  const swap = app.task({ name: 'swap', bind: true }, async (self, n: number) => {
    if (n > 1) return self.replace(hello.s('x'))
    return n
  })
  expectTypeOf(swap.s(1)).toEqualTypeOf<Signature<number | string>>()
  const maybe = app.task({ name: 'maybe', bind: true }, (self, n: number) => {
    if (n > 1) return self.replace(cleanUp.s())
    return n
  })
  expectTypeOf(maybe.s(1)).toEqualTypeOf<Signature<number | null>>()
  // @ts-expect-error: it may also be a text
  swap.s(1).pipe(add.s(1))
})

test('a task that is always replaced gives what the replacement gives', () => {
  const fetch = app.task({ name: 'fetch', bind: true }, (self, url: string) => self.replace(fetchPage.s(url)))
  expectTypeOf(fetch.s()).toEqualTypeOf<Signature<Page, [url: string]>>()
  const fan = app.task({ name: 'fan', bind: true }, (self, ...names: string[]) =>
    self.replace(group(names.map((name) => hello.s(name)))),
  )
  expectTypeOf(fan.s('a', 'b')).toEqualTypeOf<Signature<string[], string[]>>()
  const pair = app.task({ name: 'pair', bind: true }, (self) =>
    self.replace(group(add.s(1, 2), hello.si('x'))),
  )
  expectTypeOf(pair.s()).toEqualTypeOf<Signature<[number, string]>>()
  const named = app.task({ name: 'named', bind: true }, (self) => self.replace(signature('elsewhere', {})))
  expectTypeOf(named.s()).toEqualTypeOf<Signature<unknown>>()
  const bad = app.task({ name: 'bad', bind: true }, (self) =>
    self.replace(app.task('index', () => new Map<string, number>()).s()),
  )
  expectTypeOf(bad.s()).toEqualTypeOf<Signature<NotJson<'a Map'>>>()
  // @ts-expect-error: a page is no text
  fetch.s('u').pipe(hello.s())
  // @ts-expect-error: what cannot travel does not travel by a detour
  bad.s().pipe(hello.si('x'))
})

test('a task may be replaced by one of several, and by itself', () => {
  const pages = { add: add.s(1, 2), hello: hello.s('x') }
  const pick = app.task({ name: 'pick', bind: true }, (self, which: keyof typeof pages) =>
    self.replace(pages[which]),
  )
  expectTypeOf(pick.s('add')).toEqualTypeOf<Signature<number | string>>()
  const countDown = app.task({ name: 'countDown', bind: true }, (self, n: number): string =>
    n === 0 ? 'lift-off' : self.replace(countDown.s(n - 1)),
  )
  expectTypeOf(countDown.s(3)).toEqualTypeOf<Signature<string>>()
})

test('a replacement fits what the task says it gives, and misses no argument', () => {
  // @ts-expect-error: a number is no text
  app.task({ name: 'told', bind: true }, (self): string => self.replace(add.s(1, 2)))
  // @ts-expect-error: an argument is missing
  app.task({ name: 'partial', bind: true }, (self) => self.replace(add.s(1)))
  // @ts-expect-error: a task is not a signature
  app.task({ name: 'task', bind: true }, (self) => self.replace(add))
})

test('what is added to a chord misses no argument', () => {
  app.task({ name: 'grow', bind: true }, (self, n: number) => {
    self.addToChord(add.s(n, 1))
    self.addToChord(add.si(n, 1))
    self.addToChord(group(add.s(n, 1)) satisfies Group<[number]>)
    // @ts-expect-error: an argument is missing
    self.addToChord(add.s(n))
    return n
  })
})

test('what its base keeps is typed', () => {
  const base = { state: async () => ({ query: (sql: string) => [sql] }), dispose: () => {} }
  app.task({ name: 'ask', bind: true, base }, async (self, sql: string) => {
    expectTypeOf(self.state).toEqualTypeOf<Promise<{ query: (sql: string) => string[] }>>()
    return (await self.state).query(sql)
  })
  app.task({ name: 'plain', bind: true }, (self) => {
    expectTypeOf(self.state).toEqualTypeOf<undefined>()
  })
  expectTypeOf(currentTask()?.state).toEqualTypeOf<unknown>()
})

test('handlers know what the base keeps, and are given what tasks are', () => {
  const base: Base<number> = {
    state: () => 1,
    onSuccess(self, value) {
      expectTypeOf(self.state).toEqualTypeOf<number>()
      expectTypeOf(value).toEqualTypeOf<unknown>()
    },
  }
  app.task({ name: 'one', bind: true, base }, (self) => self.state + 1)
  app.task({ name: 'two', base }, () => 2)
  // @ts-expect-error: there is no such handler
  app.task({ name: 'three', base: { onSucess: () => {} } }, () => 3)
})

test('a retry that shall not throw returns', () => {
  app.task({ name: 'late', bind: true }, (self) => {
    expectTypeOf(self.retry({ throw: false })).toEqualTypeOf<void>()
    return 1
  })
})

test('a retry never returns', () => {
  const flaky = app.task({ name: 'flaky', bind: true }, (self, n: number) =>
    n > 1 ? self.retry({ countdown: '1h' }) : n,
  )
  expectTypeOf(flaky.s(1)).toEqualTypeOf<Signature<number>>()
})
