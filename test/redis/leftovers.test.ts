import {
  App,
  type ArpeggioError,
  type AsyncResult,
  chain,
  chord,
  type Duration,
  group,
  Ignore,
} from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { describe, expect, test } from 'vitest'
import { isKeptForGood } from '../support/kept-for-good.ts'
import { redisHere } from '../support/redis-here.ts'

const here = redisHere()

/** Every way a run can come to its end. */
const WAYS: Readonly<Record<string, Way>> = {
  'a task that succeeds': ({ add }) => add.s(1, 2).delay(),
  'a task that fails, and its errback': ({ boom, note }) => boom.s(1).onError(note.s()).delay(),
  'a task whose value nobody wants': ({ add }) => add.s(1, 2).set({ ignoreResult: true }).delay(),
  'a task that ignores itself': ({ ignore, add }) => ignore.s(1).pipe(add.s(1)).delay(),
  'a task that is tried again later': ({ flaky }) => flaky.s(1).delay(),
  'a task that expired': ({ add }) => add.s(1, 2).set({ expires: '2001-01-01T00:00:00Z' }).delay(),
  'a run that is over by its deadline': ({ add }) => add.s(1, 2).set({ deadline: '1h' }).delay(),
  'a run that is not over by its deadline': ({ add }) =>
    add.s(1, 2).set({ countdown: '1d' }).pipe(add.s(1)).set({ deadline: 20 }).delay(),
  'a task nobody knows': ({ app }) => app.signature('unheard-of').delay(),
  'a task of another priority, after a while': ({ add }) =>
    add.s(1, 2).set({ queue: 'low', priority: 2, countdown: 20 }).delay(),
  'a long chain': ({ add }) =>
    add
      .s(0, 0)
      .pipe(chain(Array.from({ length: 600 }, () => add.s(1))))
      .delay(),
  'a chain that breaks': ({ add, boom }) => chain(add.s(1, 2), boom.s(), add.s(1), add.s(1)).delay(),
  'a group with a link': ({ add, note }) =>
    group([add.s(1, 2), add.s(3, 4)])
      .link(note.s())
      .delay(),
  'a wide chord': ({ add, count }) =>
    chord(
      Array.from({ length: 2_000 }, (_, n) => add.s(n, 1)),
      count.s(),
    ).delay(),
  'chords in chords'({ add, count }) {
    const inner = chord([add.s(1, 2), add.s(3, 4)], count.s())
    return chord([inner, add.s(5, 6)], count.s()).delay()
  },
  async 'a chord of which a member fails that is run again'({ add, boom, note, count }) {
    const result = await chord([add.s(1, 2), boom.s(1)], count.s())
      .onError(note.s())
      .delay()
    await over(result)
    await result.run.retryFailed().catch(unlessGone)
    return result
  },
  async 'a task that fails at first'({ app, add }) {
    let failures = 1
    const mended = app.task('mended', (text: string) => {
      if (failures-- > 0) throw new RangeError(text.slice(0, 9))
      return 1
    })
    const result = await mended.s('x'.repeat(100_000)).pipe(add.s(1)).delay()
    await over(result)
    await result.run.retryFailed().catch(unlessGone)
    return result
  },
  'a chord of which a member fails': ({ add, boom, count }) =>
    chord([add.s(1, 2), boom.s(1)], count.s()).delay(),
  'a chord that fails fast': ({ add, boom, count }) =>
    chord([boom.s(1), add.s(1, 2).set({ countdown: '1d' })], count.s(), { policy: 'failFast' }).delay(),
  'a chord that has its quorum': ({ add, count }) =>
    chord([add.s(1, 2), add.s(3, 4).set({ countdown: 50 }), add.s(5, 6)], count.s(), {
      policy: { quorum: 1 },
    }).delay(),
  'a task that is replaced by a chord': ({ swap, add }) => chain(swap.s(3), add.s(1)).delay(),
  'a chord that grows': ({ grow, count }) => chord([grow.s(3), grow.s(2)], count.s()).delay(),
  async 'a run that is cancelled'({ add, count }) {
    const result = await chord([add.s(1, 2), add.s(3, 4).set({ countdown: '1d' })], count.s()).delay()
    await result.run.cancel()
    return result
  },
  async 'a node that is revoked'({ add }) {
    const result = await chain(add.s(1, 2).set({ countdown: '1d' }), add.s(1)).delay()
    await result.parent?.revoke()
    return result
  },
}

describe.each(Object.entries(WAYS))('%s', { timeout: 30_000 }, (_name, launch) => {
  test('leaves nothing that is kept for ever', async () => {
    await play('1d', launch)
    expect((await everyKey()).filter(isKeptForEver)).toEqual([])
  })

  test('leaves nothing at all when its time is over', async () => {
    await play(50, launch)
    await gone()
  })

  test('leaves nothing when it is forgotten', async () => {
    await play('1d', launch, (result) => result.forget())
    await gone()
  })

  test('leaves nothing when it was forgotten before it was over', async () => {
    await play('1d', async (tasks) => {
      const result = await launch(tasks)
      await result.forget()
      return result
    })
    await gone()
  })
})

type Way = (tasks: Tasks) => Promise<AsyncResult<unknown>>
type Tasks = ReturnType<typeof makeTasks>

/** Runs something to its end on an app with two workers, and closes that. */
async function play(
  resultTtl: Duration,
  launch: Way,
  afterwards: (result: AsyncResult<unknown>) => Promise<void> = async () => {},
): Promise<void> {
  await here.redis.flushall()
  await using app = new App({
    logLevel: 'silent',
    backend: redisBackend(here.server.url, { resultTtl, warn: () => {} }),
  })
  const tasks = makeTasks(app)
  await Promise.all([app.worker({ queues: ['default', 'low'] }).start(), app.worker().start()])
  const warmUp = await tasks.add.delay(1, 2)
  await warmUp.get()
  await warmUp.forget()
  const ofWorkers = (await everyKey()).filter(isKeptForEver).map(({ key }) => key)
  const result = await launch(tasks)
  await over(result)
  const more = (await everyKey()).filter((one) => isKeptForEver(one) && !ofWorkers.includes(one.key))
  expect(more).toEqual([]) // workers may live long
  await afterwards(result)
}

/** A run that is forgotten is gone as soon as it is over. */
async function over({ run }: AsyncResult<unknown>): Promise<void> {
  await run.finished().catch(unlessGone)
}

function unlessGone(error: ArpeggioError): void {
  if (error.code !== 'result-unknown') throw error
}

async function everyKey(): Promise<{ readonly key: string; readonly ttl: number }[]> {
  const keys = await here.redis.keys('*')
  const known = keys.filter((key) => !isKeptForGood(key))
  return Promise.all(known.map(async (key) => ({ key, ttl: await here.redis.pttl(key) })))
}

function isKeptForEver({ ttl }: { readonly ttl: number }): boolean {
  return ttl === -1 // -2: it is gone meanwhile
}

/** Sooner or later, nothing is left. */
async function gone(): Promise<void> {
  await expect.poll(everyKey, { interval: 10, timeout: 20_000 }).toEqual([])
}

function makeTasks(app: App) {
  const add = app.task('add', (a: number, b: number) => a + b)
  const count = app.task('count', (values: unknown[]) => values.length)
  return {
    app,
    add,
    count,
    note: app.task({ name: 'note', typing: false }, (..._: unknown[]) => null),
    boom: app.task('boom', (_: number): number => {
      throw new RangeError('boom')
    }),
    ignore: app.task('ignore', (_: number): number => {
      throw new Ignore()
    }),
    flaky: app.task({ name: 'flaky', bind: true }, (self, n: number) => {
      if (self.request.retries < 2) self.retry({ countdown: 20 })
      return n
    }),
    swap: app.task({ name: 'swap', bind: true }, (self, n: number): number => {
      return self.replace(
        chord(
          Array.from({ length: n }, () => add.s(n, n)),
          count.s(),
        ),
      )
    }),
    grow: app.task({ name: 'grow', bind: true }, (self, n: number) => {
      for (let nth = 0; nth < n; nth++) self.addToChord(add.s(n, nth))
      return n
    }),
  }
}
