import { chain, chord, group } from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'
import { everywhere, playing, withWorkers } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/* How results are waited for and asked: the same wherever they come from. */

const here = redisHere()

describe.each(everywhere(here))('%s', (_, make) => {
  test('a handle tells how its task stands, and what came of it', async () => {
    const { app, play } = await playing(make)
    const half = app.task('half', (n: number) => {
      if (n % 2 === 1) throw new RangeError(`${n} is odd`)
      return n / 2
    })
    const good = await play(half.s(4))
    expect(await Promise.all([good.ready(), good.successful(), good.failed()])).toEqual([true, true, false])
    expect(await Promise.all([good.look(), good.info(), good.traceback(), good.failure()])).toEqual([
      { state: 'SUCCESS', info: 2 },
      2,
      null,
      null,
    ])
    const bad = await play(half.s(3))
    expect(await Promise.all([bad.ready(), bad.successful(), bad.failed()])).toEqual([true, false, true])
    expect(await bad.look()).toEqual({ state: 'FAILURE', info: expect.any(RangeError) })
    expect(await bad.traceback()).toMatch(/^RangeError: 3 is odd\n +at /)
    expect(await bad.get({ propagate: false })).toMatchObject({ name: 'RangeError', message: '3 is odd' })
    await expect(bad.get()).rejects.toThrow('3 is odd')
    await expect(bad.get({ timeout: 0 })).rejects.toThrow('3 is odd')
  })

  test('a group stands as its members do, and gives their values in order', async () => {
    const { app, play } = await playing(make)
    const half = app.task('half', (n: number) => {
      if (n % 2 === 1) throw new RangeError(`${n} is odd`)
      return n / 2
    })
    const good = await play(group([4, 2, 6].map((n) => half.s(n))))
    expect(await Promise.all([good.ready(), good.successful(), good.failed()])).toEqual([true, true, false])
    expect([await good.get(), [...good].map(({ id }) => id)]).toEqual([
      [2, 1, 3],
      good.children.map(({ id }) => id),
    ])
    const mixed = await play(group([4, 3, 6].map((n) => half.s(n))))
    expect(await Promise.all([mixed.ready(), mixed.successful(), mixed.failed()])).toEqual([
      true,
      false,
      true,
    ])
    expect([await mixed.completedCount(), await mixed.waiting()]).toEqual([2, false])
    await expect(mixed.get()).rejects.toThrow('3 is odd')
    expect(await mixed.get({ propagate: false })).toEqual([2, expect.any(RangeError), 3])
  })

  test('a run draws what stands where, and who hands a value to whom', async () => {
    const { app, play } = await playing(make)
    const add = app.task('add', (a: number, b: number) => a + b)
    const total = app.task('total', (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0))
    const { run, id } = await play(chain(chord([add.s(1, 2), add.s(3, 4)], total.s()), add.s(1)))
    const { nodes, edges } = await run.graph()
    const names = new Map(nodes.map((node) => [node.id, node.task ?? 'group']))
    expect(nodes.map(({ task, state }) => [task, state])).toEqual(
      [null, 'add', 'add', 'total', 'add'].map((task) => [task, 'SUCCESS']),
    )
    expect(edges.map((edge) => edge.map((end) => names.get(end)))).toEqual([
      ['add', 'group'],
      ['add', 'group'],
      ['group', 'total'],
      ['total', 'add'],
    ])
    expect(edges.at(-1)?.[1]).toBe(id)
  })
})

describe.each(withWorkers(here))('%s', (_, make) => {
  test('who waits too long is told so, or may give up before; the task goes on', async () => {
    const { app, finished, passes } = await playing(make)
    const add = app.task('add', (a: number, b: number) => a + b)
    const result = await add.s(1, 2).set({ countdown: '1h' }).delay()
    const [late, whole] = [result.get({ timeout: '20ms' }), result.run.finished({ timeout: '20ms' })]
    await Promise.all([
      expect(late).rejects.toMatchObject({ code: 'timeout' }),
      expect(whole).rejects.toMatchObject({ code: 'timeout' }),
      passes(20),
    ])
    const giving = new AbortController()
    const waiting = result.get({ signal: giving.signal })
    giving.abort(new Error('changed my mind'))
    await expect(waiting).rejects.toThrow('changed my mind')
    expect(await result.ready()).toBe(false)
    await finished(result)
    expect(await result.get()).toBe(3)
  })

  test('who waits hears what tasks tell of themselves meanwhile, those before his own too', async () => {
    const { app } = await playing(make)
    let isHeard = false
    const upload = app.task({ name: 'upload', bind: true }, async (self, files: number) => {
      while (!isHeard) await self.updateState('WAITING') // until somebody listens
      for (let done = 1; done <= files; done++) await self.progress(done, files)
      return files
    })
    const double = app.task('double', (n: number) => n * 2)
    const result = await upload.s(2).pipe(double.s()).delay()
    const heard: unknown[] = []
    const value = await result.get({
      onMessage: ({ id, state, meta }) => {
        if (state === 'WAITING') isHeard = true
        else heard.push([id === result.id, state, meta])
      },
    })
    expect(value).toBe(4)
    const told = [
      [false, 'PROGRESS', { done: 1, total: 2, note: null }],
      [false, 'PROGRESS', { done: 2, total: 2, note: null }],
      [false, 'SUCCESS', null],
      [true, 'SUCCESS', null],
    ]
    expect(heard).toEqual(told)
  })

  test('who waits in vain is told which queue nobody serves, if that may be why', async () => {
    const { app, passes } = await playing(make)
    const send = app.task({ name: 'send', queue: 'emails' }, (to: string) => to)
    const whole = await group(['ada', 'bob'].map((to) => send.s(to))).delay()
    const one = await send.delay('ada')
    const waits = [
      () => one.get({ timeout: 50 }),
      () => whole.get({ timeout: 50 }),
      () => whole.run.finished({ timeout: 50 }),
    ]
    const start = "start one with app.worker({ queues: ['emails'] }).start()"
    const says = `had not ended after 50 ms. No worker has been seen that serves the queue "emails", where calls wait: ${start}. It goes on;`
    for (const wait of waits) {
      // A backend that does not say it soon is not waited for: who asks again is told.
      const asking = async (): Promise<unknown> => {
        const late = wait().catch((error: Error) => error)
        await passes(50)
        return late
      }
      await expect
        .poll(asking, { timeout: 20_000 })
        .toMatchObject({ code: 'timeout', message: expect.stringContaining(says) })
    }
  }, 70_000)

  test('who waits for what runs, or will run later, is told nothing of queues', async () => {
    const { app, passes } = await playing(make)
    let open: () => void = () => {}
    const gate = new Promise<void>((end) => {
      open = end
    })
    const slow = app.task('slow', () => gate)
    const send = app.task({ name: 'send', queue: 'emails' }, () => 1)
    await send.delay() // which is somebody else's
    const both = await group([slow.s(), send.s()]).delay() // of which one runs
    const line = await chain(slow.s(), send.si()).delay()
    const results = [
      await slow.delay(),
      await slow.s().set({ countdown: '1h', queue: 'night' }).delay(),
      both.results[0],
      line.parent,
    ]
    const waits = results.map((result) => result?.get({ timeout: 50 }).catch((error: Error) => error))
    await passes(50)
    for (const wait of waits) {
      const message = expect.stringMatching(/had not ended after 50 ms\. It goes on;/)
      expect(await wait).toMatchObject({ code: 'timeout', message })
    }
    open()
  })

  test('who asks for what runs at that moment is told that it has not ended', async () => {
    const { app, finished } = await playing(make)
    let open: () => void = () => {}
    const begun = new Promise<void>((resolve) => {
      const gate = new Promise<void>((end) => {
        open = end
      })
      app.task('wait', () => {
        resolve()
        return gate
      })
    })
    const result = await app.signature('wait').delay()
    await begun
    expect(await Promise.all([result.ready(), result.successful(), result.failed()])).toEqual([
      false,
      false,
      false,
    ])
    expect(await result.run.progress()).toEqual({ total: 1, done: 0, failed: 0, over: false })
    open()
    await finished(result)
    expect(await result.successful()).toBe(true)
  })
})
