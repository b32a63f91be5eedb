import {
  App,
  type AppOptions,
  chain,
  chord,
  currentTask,
  type Failure,
  group,
  type RouteFunction,
  type Settings,
  signature,
} from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { describe, expect, onTestFinished, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/*
 * Where calls go is decided where a canvas is compiled, for each call by the name of its own task: so it is the same
 * wherever they run.
 */

const here = redisHere()
let stores = 0

const places: readonly (readonly [string, () => AppOptions])[] = [
  ['in memory', () => ({})],
  ['eagerly', () => ({ alwaysEager: true })],
  [
    'on Redis',
    () => ({ backend: redisBackend(here.server.url, { prefix: `routing-${stores++}`, warn: () => {} }) }),
  ],
]

describe.each(places)('%s', (_, place) => {
  /** An app with a worker that says nothing of queues, and tasks that write down by which queue they came. */
  async function troupe(settings: Settings) {
    const app = new App({ ...place(), logLevel: 'silent', ...settings })
    onTestFinished(() => app.close())
    const came: string[] = []
    function noted<T>(value: T): T {
      const { task, deliveryInfo } = currentTask()?.request ?? {}
      came.push(`${task} ${deliveryInfo?.queue}`)
      return value
    }
    const tasks = {
      fetch: app.task('web.fetch', (n: number, _how?: { urgent: boolean }) => noted(n)),
      parse: app.task('cpu.parse', (n: number) => noted(n + 1)),
      total: app.task('cpu.total', (numbers: number[]) => noted(numbers.reduce((sum, n) => sum + n, 0))),
      store: app.task('store', (n: number) => noted(n)),
      boom: app.task('boom', (): number => {
        throw noted(new RangeError('boom'))
      }),
      caught: app.task('mail.caught', (_: Failure) => noted(null)),
      swap: app.task({ name: 'web.swap', bind: true }, (self, n: number): number =>
        self.replace(noted(tasks.parse.s(n).pipe(tasks.store.s()))),
      ),
    }
    const worker = app.worker()
    await worker.start()
    return { app, tasks, came, worker }
  }

  const taskRoutes = { 'web.*': 'web', 'cpu.*': { queue: 'cpu', priority: 2 }, 'mail.*': 'mail' } as const
  const taskQueues = ['web', 'cpu', 'mail']

  test('every task in a canvas goes by the route of its own name', async () => {
    const { tasks, came } = await troupe({ taskRoutes, taskQueues })
    const { fetch, parse, total, store, boom, caught } = tasks
    const page = (n: number) => chain(fetch.s(n), parse.s())
    const canvas = chord([page(1), group(page(2), fetch.s(3)).pipe(total.s())], total.s()).pipe(store.s())
    expect(await canvas.link(parse.s()).run()).toBe(8)
    await expect(boom.s().linkError(caught.s()).run()).rejects.toThrow('boom')
    await expect.poll(() => came.length).toBe(11)
    expect(came.sort()).toEqual(
      [
        ...['boom default', 'store default', 'mail.caught mail'],
        ...['cpu.parse cpu', 'cpu.parse cpu', 'cpu.parse cpu', 'cpu.total cpu', 'cpu.total cpu'],
        ...['web.fetch web', 'web.fetch web', 'web.fetch web'],
      ].sort(),
    )
  })

  test('what maps a task goes where the task would go', async () => {
    const { tasks, app } = await troupe({ taskRoutes, taskQueues })
    const where = app.task('web.where', (_: number) => currentTask()?.request.deliveryInfo.queue ?? null)
    expect(await where.map([1, 2]).run()).toEqual(['web', 'web'])
    expect(await where.chunks([[1], [2], [3]], 2).run()).toEqual([['web', 'web'], ['web']])
    expect(await group([] as ReturnType<typeof tasks.fetch.s>[]).run()).toEqual([])
  })

  test('what a call says counts first, then its task, then routes, then the settings', async () => {
    const { app } = await troupe({ taskRoutes, taskQueues, taskDefaultQueue: 'rest', taskDefaultPriority: 7 })
    const way = () => {
      const { queue, priority } = currentTask()?.request.deliveryInfo ?? {}
      return `${queue} ${priority}`
    }
    const own = app.task({ name: 'cpu.own', queue: 'mail' }, way)
    const routed = app.task('cpu.routed', way)
    const other = app.task('other', way)
    expect(await own.s().set({ queue: 'web' }).run()).toBe('web 2')
    expect(await group(own.s(), routed.s(), other.s()).run()).toEqual(['mail 2', 'cpu 2', 'rest 7'])
    expect(await group(own.s(), routed.s(), other.s()).set({ queue: 'web', priority: 1 }).run()).toEqual(
      Array(3).fill('web 1'),
    )
  })

  test('a function decides for each call, by what it is given', async () => {
    const route: RouteFunction = (task, [first], kwargs) => {
      if (task !== 'web.fetch') return undefined
      return kwargs['urgent'] === true ? { queue: 'cpu', priority: 0 } : Number(first) > 1 ? 'mail' : null
    }
    const { tasks, came } = await troupe({ taskQueues, taskRoutes: [route, [/^web/, 'web']] })
    const { fetch, parse } = tasks
    await group(fetch.s(1), fetch.s(2), fetch.s(3).kw({ urgent: true })).run()
    await parse.run(1)
    expect(came.sort()).toEqual(['cpu.parse default', 'web.fetch cpu', 'web.fetch mail', 'web.fetch web'])
  })

  test.each<[string, Settings]>([
    ['a table', { taskRoutes }],
    [
      'a function',
      { taskRoutes: (task) => (task.startsWith('web') ? 'web' : task.startsWith('cpu') ? 'cpu' : null) },
    ],
  ])(
    'what replaces a task that was led by %s goes its own way, unless a caller said otherwise',
    async (_, settings) => {
      const { tasks, came } = await troupe({ ...settings, taskQueues })
      expect(await tasks.swap.run(1)).toBe(2)
      expect(came.splice(0)).toEqual(['web.swap web', 'cpu.parse cpu', 'store default'])
      expect(await tasks.swap.s(1).set({ queue: 'mail' }).run()).toBe(2)
      expect(came).toEqual(['web.swap mail', 'cpu.parse mail', 'store mail'])
    },
  )

  test('a task that is not known here is led by its name, too', async () => {
    const { app, tasks } = await troupe({ taskRoutes, taskQueues: ['cpu'], taskCreateMissingQueues: false })
    const refused = expect.objectContaining({
      code: 'queue-unknown',
      message:
        'There is no queue "web": taskQueues are cpu. Name one of them, add this one, or set taskCreateMissingQueues.',
    })
    await expect(app.signature('web.elsewhere').delay()).rejects.toEqual(refused)
    await expect(chain(tasks.parse.s(1), tasks.fetch.s()).delay()).rejects.toEqual(refused)
    await expect(tasks.store.delay(1)).rejects.toThrow(/There is no queue "default"/)
    await expect(tasks.parse.s(1).set({ queue: 'wbe' }).delay()).rejects.toThrow(/There is no queue "wbe"/)
    expect(() => app.worker({ queues: ['cpu', 'web'] })).toThrow(refused)
    expect(await tasks.parse.run(1)).toBe(2)
  })

  test('annotations win over what tasks say themselves, all that fit together', async () => {
    const { app } = await troupe({
      taskQueues,
      taskAnnotations: {
        '*': { queue: 'cpu', maxRetries: 7 },
        'mail.*': { queue: 'mail', trackStarted: true },
        'mail.slow': { queue: 'web' },
      },
    })
    const queue = () => currentTask()?.request.deliveryInfo.queue ?? null
    const slow = app.task({ name: 'mail.slow', queue: 'own' }, queue)
    const quick = app.task({ name: 'mail.quick', queue: 'own' }, queue)
    const other = app.task({ name: 'other', queue: 'own' }, queue)
    expect(await group(slow.s(), quick.s(), other.s()).run()).toEqual(['web', 'mail', 'cpu'])
    let tries = 0
    const flaky = app.task(
      { name: 'flaky', maxRetries: 1, autoretryFor: [Error], defaultRetryDelay: 0 },
      () => {
        if (++tries < 5) throw new Error('not yet')
        return tries
      },
    )
    expect(await flaky.run()).toBe(5)
  })
})

describe.each(places.filter(([name]) => name !== 'eagerly'))('%s, a worker', (_, place) => {
  test.each<[string, Settings, readonly string[]]>([
    ['the default queue, if that is all there is', { taskDefaultQueue: 'web' }, ['web']],
    ['all queues there are', { taskQueues: ['web', 'mail'] }, ['web', 'mail', 'default']],
    [
      'those alone, if there can be no others',
      { taskQueues: ['web'], taskCreateMissingQueues: false },
      ['web'],
    ],
  ])('that names no queues serves %s', async (_, settings, queues) => {
    await using app = new App({
      ...place(),
      logLevel: 'silent',
      ...settings,
      workerConcurrency: 3,
      workerPrefetchMultiplier: 2,
    })
    await using worker = app.worker({ hostname: 'one' })
    await worker.start()
    const asked = { queues, concurrency: 3, prefetchMultiplier: 2 }
    expect(await app.inspect.conf()).toEqual({ one: expect.objectContaining(asked) })
  })

  test('gets a wide group by the route of its members, also what starts them', async () => {
    await using app = new App({ ...place(), logLevel: 'silent', taskRoutes: { 'web.*': 'web' } })
    const fetch = app.task('web.fetch', (n: number) => n)
    const total = app.task('web.total', (numbers: number[]) => numbers.length)
    await app.worker({ queues: ['web'] }).start()
    const many = Array.from({ length: 1_200 }, (_, n) => fetch.s(n))
    expect(await chord(many, total.s()).run()).toBe(1_200)
  })

  test('gets what another app sends, by the routes of that', async () => {
    const { backend } = place()
    const shared = backend ?? (await import('@arpeggio/core')).memoryBackend()
    await using sender = new App({ backend: shared, logLevel: 'silent', taskRoutes: { far: 'far' } })
    await using app = new App({ backend: shared, logLevel: 'silent' })
    app.task('far', (n: number) => n + 1)
    await app.worker({ queues: ['far'] }).start()
    expect(await signature('far', { args: [1] }, sender).run()).toBe(2)
  })
})
