import {
  App,
  type AppOptions,
  type AsyncResult,
  chain,
  chord,
  type GroupResult,
  group,
  pipe,
  signature,
} from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/*
 * The public contract, line by line, as users write it, with a worker in this process: in memory, and on Redis.
 */

const here = redisHere()
let stores = 0

const homes: readonly (readonly [string, () => AppOptions])[] = [
  ['in memory', () => ({})],
  [
    'on Redis',
    () => ({
      backend: redisBackend(here.server.url, { prefix: `contract-${stores++}`, warn: () => {} }),
      logLevel: 'silent',
    }),
  ],
]

interface Page {
  url: string
  words: string[]
}
interface Info {
  title: string
  count: number
}

class HttpError extends Error {
  override name = 'HttpError'
}

function makeApp(options: AppOptions) {
  const app = new App({ name: 'pages', ...options })
  const stored: [Info, string][] = []
  const fetchPage = app.task(
    'fetchPage',
    async (url: string): Promise<Page> => ({ url, words: url.split('/') }),
  )
  const parsePage = app.task(function parsePage(page: Page): Info {
    return { title: page.url, count: page.words.length }
  })
  const store = app.task(
    { name: 'store', maxRetries: 5, autoretryFor: [HttpError], retryBackoff: true },
    async (info: Info, url: string) => {
      stored.push([info, url])
    },
  )
  const upload = app.task({ name: 'upload', bind: true }, async (self, files: string[]) => {
    for (const [i] of files.entries()) await self.updateState('PROGRESS', { current: i, total: files.length })
    return files.length
  })
  const add = app.task('add', (a: number, b: number) => a + b)
  const square = app.task('square', (n: number) => n * n)
  const total = app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
  const hello = app.task('hello', (name: string) => `hello ${name}`)
  return { app, stored, fetchPage, parsePage, store, upload, add, square, total, hello }
}

describe.each(homes)('%s', (_, home) => {
  let world: ReturnType<typeof makeApp>

  beforeEach(async () => {
    world = makeApp(home())
    await world.app.worker({ queues: ['default', 'low'], concurrency: 10 }).start()
  })

  afterEach(() => world.app.close())

  describe('tasks', () => {
    it('are callable functions: a plain call runs here and now', async () => {
      const { fetchPage, upload, add } = world
      expect(await fetchPage('http://a')).toEqual({ url: 'http://a', words: ['http:', '', 'a'] })
      expect(add(1, 2)).toBe(3)
      expect(await upload(['a', 'b'])).toBe(2)
    })

    it('are named by text, by their function, or by options', () => {
      const { fetchPage, parsePage, store } = world
      expect([fetchPage.name, parsePage.name, store.name]).toEqual(['fetchPage', 'parsePage', 'store'])
    })
  })

  describe('signatures', () => {
    it('are complete, partial, or immutable', async () => {
      const { store, fetchPage, stored, add } = world
      expect(await fetchPage.s('u').run()).toEqual({ url: 'u', words: ['u'] })
      await store
        .s('u')
        .delay({ title: 't', count: 1 })
        .then((result) => result.get())
      expect(stored).toEqual([[{ title: 't', count: 1 }, 'u']])
      expect(await add.s(1, 1).pipe(add.si(20, 3)).run()).toBe(23)
    })

    it('give a new signature from every method', () => {
      const { add } = world
      const sig = add.s(1)
      const others = [
        sig.set({
          queue: 'low',
          countdown: '5s',
          priority: 3,
          timeLimit: '1m',
          softTimeLimit: 500,
          shadow: 'plus',
        }),
        sig.set({ eta: new Date(0), expires: '1h', taskId: 'mine', headers: { a: 1 }, ignoreResult: true }),
        sig.kw({ depth: 2 }),
        sig.link(add.s(1)),
        sig.linkError(add.si(1, 2)),
        sig.onError(add.si(1, 2)),
        sig.clone([2]),
        sig.stamp({ tenant: 7 }),
      ]
      for (const other of others) expect(other).not.toBe(sig)
      expect(JSON.stringify(sig)).toBe(
        '{"task":"add","args":[1],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}',
      )
    })

    it('hand keyword arguments over as a last object', async () => {
      const { app } = world
      const crawl = app.task('crawl', (url: string, options: { depth: number }) => `${url} ${options.depth}`)
      expect(await crawl.s('u').kw({ depth: 2 }).run()).toBe('u 2')
    })

    it('become JSON and come back equal', () => {
      const { add, total, app } = world
      const sig = chord([add.s(1, 2), add.s(3, 4)], total.s()).set({ queue: 'low' })
      const back = signature(JSON.parse(JSON.stringify(sig)), app)
      expect(back.equals(sig)).toBe(true)
      expect(back.node).toEqual(sig.node)
    })

    it('are drawn as text, Mermaid and DOT', () => {
      const { fetchPage, parsePage, store } = world
      const page = fetchPage.s('u').pipe(parsePage.s(), store.s('u'))
      expect(String(page)).toBe("fetchPage('u') | parsePage() | store('u')")
      expect(page.toMermaid()).toContain('flowchart')
      expect(page.toDot()).toContain('digraph')
    })
  })

  describe('canvas', () => {
    it('pipes: methods, pipe() and chain() mean the same', async () => {
      const { fetchPage, parsePage, store, stored } = world
      const page = fetchPage.s('u').pipe(parsePage.s(), store.s('u'))
      expect(pipe(fetchPage.s('u'), parsePage.s(), store.s('u')).equals(page)).toBe(true)
      expect(chain(fetchPage.s('u'), parsePage.s(), store.s('u')).equals(page)).toBe(true)
      const result = await page.delay()
      expectTypeOf(result).toEqualTypeOf<AsyncResult<void>>()
      await result.get()
      expect(stored).toEqual([[{ title: 'u', count: 1 }, 'u']])
    })

    it('groups: of an array and of a tuple', async () => {
      const { fetchPage, add, hello } = world
      const all = group(['a', 'b'].map((u) => fetchPage.s(u)))
      const results = await all.delay()
      expectTypeOf(results).toEqualTypeOf<GroupResult<Page[]>>()
      expect((await results.get()).map((page) => page.url)).toEqual(['a', 'b'])
      const pair = group(add.s(1, 2), hello.s('x'))
      const [sum, greeting] = await pair.run()
      expectTypeOf(sum).toEqualTypeOf<number>()
      expectTypeOf(greeting).toEqualTypeOf<string>()
      expect([sum, greeting]).toEqual([3, 'hello x'])
    })

    it('chords: a group then a step, chord(header, body) and chord(header)(body)', async () => {
      const { square, total } = world
      const squares = [1, 2, 3].map((n) => square.s(n))
      expect(await group(squares).pipe(total.s()).run()).toBe(14)
      expect(await chord(squares, total.s()).run()).toBe(14)
      expect(await chord(squares)(total.s()).run()).toBe(14)
      expect(chord(squares, total.s()).equals(group(squares).pipe(total.s()))).toBe(true)
    })

    it('chords have policies as data', async () => {
      const { app, square } = world
      const boom = app.task('boom', (): number => {
        throw new Error('boom')
      })
      const all = app.task('all', (values: (number | null)[]) => values)
      const settled = app.task('settled', (values: { ok: boolean }[]) => values.map(({ ok }) => ok))
      expect(await chord([square.s(1), boom.s()], settled.s(), { policy: 'settle' }).run()).toEqual([
        true,
        false,
      ])
      expect(
        await chord([square.s(2), boom.s(), square.s(3)], all.s(), { policy: { quorum: 2 } }).run(),
      ).toEqual([4, null, 9])
      await expect(chord([square.s(1), boom.s()], all.s(), { policy: 'failFast' }).run()).rejects.toThrow(
        'boom',
      )
      await expect(chord([square.s(1), boom.s()], all.s()).run()).rejects.toMatchObject({
        code: 'chord-failed',
      })
    })

    it('maps, starmaps and chunks', async () => {
      const { add, square } = world
      expect(await square.map([1, 2, 3]).run()).toEqual([1, 4, 9])
      expect(
        await add
          .starmap([
            [1, 2],
            [3, 4],
          ])
          .run(),
      ).toEqual([3, 7])
      expect(
        await add
          .chunks(
            [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
            2,
          )
          .run(),
      ).toEqual([[3, 7], [11]])
    })

    it('takes tasks by name', async () => {
      const { app } = world
      expect(await app.signature('add', { args: [1, 2], kwargs: {}, options: {} }).run()).toBe(3)
      const elsewhere = app.signature('reports.render', { args: [1], kwargs: {}, options: {} })
      await expect(elsewhere.run()).rejects.toMatchObject({ code: 'task-unknown' })
    })
  })

  describe('what replaces a task, or joins its chord', () => {
    const build = () => {
      const app = new App(home())
      const order: string[] = []
      const how = app.task({ name: 'how', bind: true }, ({ request: { headers, stamps } }) => ({
        headers,
        stamps,
      }))
      const mark = app.task('mark', (name: string) => {
        order.push(name)
        return name
      })
      const all = app.task('all', (values: unknown[]) => values)
      const canvas = { how: how.s(), own: how.s().set({ headers: { by: 'canvas' } }), mark: mark.s('inner') }
      type Name = keyof typeof canvas
      const swap = app.task({ name: 'swap', bind: true, queue: 'slow' }, (self, by: Name): unknown =>
        self.replace(canvas[by]),
      )
      const join = app.task({ name: 'join', bind: true, queue: 'slow' }, (self, by: Name) => {
        self.addToChord(canvas[by])
        return 'joined'
      })
      return { app, order, all, mark, swap, join }
    }

    it('is run as callers said of that task: where, with which headers, stamps and limits', async () => {
      const { app, all, swap, join } = build()
      await app.worker({ queues: ['low'] }).start() // and nobody serves another queue
      const said = { queue: 'low', headers: { trace: 1 }, stamps: { tenant: 7 } }
      const heard = { headers: { trace: 1 }, stamps: { tenant: 7 } }
      expect(await swap.s('how').set(said).run()).toEqual(heard)
      expect(
        await chord([join.s('how')], all.s())
          .set(said)
          .run(),
      ).toEqual(['joined', heard])
      const hasty = await swap.s('how').set({ queue: 'low', expires: '1h' }).apply()
      expect(await hasty.state()).toBe('SUCCESS')
      await app.close()
    })

    it('is run otherwise where it says its own', async () => {
      const { swap, join, all } = build()
      const said = { headers: { by: 'caller', trace: 1 } }
      const heard = { headers: { by: 'canvas', trace: 1 }, stamps: {} }
      expect(await (await swap.s('own').set(said).apply()).get()).toEqual(heard)
      const joined = await chord([join.s('own')], all.s())
        .set(said)
        .apply()
      expect(await joined.get()).toEqual(['joined', heard])
    })

    it('is not kept if callers said so', async () => {
      const { swap } = build()
      expect(await (await swap.s('mark').apply()).get()).toBe('inner')
      expect(await (await swap.s('mark').set({ ignoreResult: true }).apply()).get()).toBeNull()
    })

    it('goes where its own tasks go, not where the definition of that task says', async () => {
      const { app, order, mark, swap } = build()
      await app.worker({ queues: ['slow'], concurrency: 1 }).start()
      const swapped = await swap.s('mark').delay()
      for (const name of ['after', 'last']) await mark.s(name).set({ queue: 'slow' }).run()
      expect(order).toEqual(['after', 'last'])
      await app.worker().start()
      expect(await swapped.get()).toBe('inner')
      await app.close()
    })

    it('starts at once, however long that task was delayed', async () => {
      const { order, mark, swap, join, all } = build()
      const later = mark.s('outer').set({ countdown: '25h' })
      await group(swap.s('mark').set({ countdown: '1d' }), later).apply()
      expect(order.splice(0)).toEqual(['inner', 'outer'])
      await chord([join.s('mark').set({ countdown: '1d' }), later], all.s()).apply()
      expect(order).toEqual(['inner', 'outer'])
    })
  })

  describe('launching', () => {
    it('exists on every task and every signature', async () => {
      const { add } = world
      expect(await (await add.applyAsync([2, 2], { queue: 'low', countdown: '1ms' })).get()).toBe(4)
      expect(await (await add.s(2).delay(4)).get()).toBe(6)
      expect(await add.run(1, 1)).toBe(2)
      expect(await (await add.apply(1, 1)).get()).toBe(2)
    })

    it('runs eagerly, the whole workflow, in virtual time', async () => {
      const { fetchPage, parsePage } = world
      const done = await fetchPage.s('u').set({ countdown: '1d' }).pipe(parsePage.s()).apply()
      expect(await done.state()).toBe('SUCCESS')
      expect(await done.get()).toEqual({ title: 'u', count: 1 })
    })
  })

  describe('results', () => {
    it('are handles, and never thenable', async () => {
      const { add } = world
      const result = await add.s(1, 1).pipe(add.s(2)).delay()
      expect('then' in result).toBe(false)
      expect(result.parent?.children.map(({ id }) => id)).toEqual([result.id])
      expect(await result.get({ timeout: '10s', propagate: false })).toBe(4)
      expect([
        await result.state(),
        await result.ready(),
        await result.successful(),
        await result.failed(),
      ]).toEqual(['SUCCESS', true, true, false])
      expect(await result.info()).toBe(4)
      expect(await result.traceback()).toBeNull()
      await result.forget()
      expect(await result.state()).toBe('UNKNOWN')
    })

    it('tell what happens while one waits', async () => {
      const { app } = world
      const heard: [state: string, meta: unknown][] = []
      const until = async (count: number) => {
        const progress = () => heard.filter(([state]) => state === 'PROGRESS')
        while (progress().length < count) await new Promise((resolve) => setImmediate(resolve))
      }
      const upload = app.task({ name: 'upload-heard', bind: true }, async (self, files: string[]) => {
        while (heard.length === 0) await self.updateState('WAITING') // until somebody listens
        for (const current of files.keys()) {
          await self.updateState('PROGRESS', { current, total: files.length })
          await until(current + 1)
        }
        return files.length
      })
      const result = await upload.s(['a', 'b']).delay()
      const value = await result.get({ onMessage: ({ state, meta }) => void heard.push([state, meta]) })
      expect(value).toBe(2)
      const steps = heard.filter(([state]) => state === 'PROGRESS')
      expect(steps).toEqual([
        ['PROGRESS', { current: 0, total: 2 }],
        ['PROGRESS', { current: 1, total: 2 }],
      ])
    })

    it('of groups are iterable, counted, saved and restored', async () => {
      const { app, square } = world
      const results = await group([1, 2, 3].map((n) => square.s(n))).delay()
      expect(await results.get()).toEqual([1, 4, 9])
      expect(results.results.map(({ id }) => id)).toEqual([...results].map(({ id }) => id))
      expect(await results.completedCount()).toBe(3)
      const restored = await app.restore<number[]>(await results.save())
      expect(await restored?.get()).toEqual([1, 4, 9])
      expect(restored?.children).toHaveLength(3)
    })

    it('know the whole run: progress, cancel, graph', async () => {
      const { add } = world
      const result = await add.s(1, 1).pipe(add.s(2)).delay()
      await result.get()
      expect(await result.run.progress()).toEqual({ total: 2, done: 2, failed: 0, over: true })
      const graph = await result.run.graph()
      expect(graph.nodes.map(({ task, state }) => [task, state])).toEqual([
        ['add', 'SUCCESS'],
        ['add', 'SUCCESS'],
      ])
      expect(graph.edges).toEqual([[result.parent?.id, result.id]])
      const slow = await add.s(1, 1).set({ countdown: '1d' }).delay()
      await slow.run.cancel()
      expect(await slow.state()).toBe('REVOKED')
    })

    it('can be made from an id, parent and children restored', async () => {
      const { app, add } = world
      const result = await add.s(1, 1).pipe(add.s(2)).delay()
      const again = app.result(result.id)
      expect(again.parent?.id).toBe(result.parent?.id)
      expect(await again.get()).toBe(4)
    })

    it('of a revoked task never come', async () => {
      const { add } = world
      const result = await add.s(1, 1).set({ countdown: '1d' }).delay()
      await result.revoke()
      await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
    })
  })

  describe('workers and apps', () => {
    it('start, stop within a time, and are disposed of', async () => {
      await using app = new App({ name: 'other', ...home() })
      const add = app.task('add', (a: number, b: number) => a + b)
      const worker = app.worker({ queues: ['default'], concurrency: 10 })
      await worker.start()
      expect(await add.run(1, 2)).toBe(3)
      expect(await worker.stop({ within: '10s' })).toEqual({ finished: 0, givenBack: 0 })
    })

    it('run everything here and now when they are always eager', async () => {
      await using app = new App({ name: 'test', alwaysEager: true })
      const add = app.task('add', (a: number, b: number) => a + b)
      const result = await add.s(1, 2).set({ countdown: '1d' }).delay()
      expect(await result.state()).toBe('SUCCESS')
      expect(await result.get()).toBe(3)
    })
  })
})
