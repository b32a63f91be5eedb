import {
  App,
  type AppOptions,
  currentTask,
  type Failure,
  type Logger,
  memoryBackend,
  type Settings,
  type TaskOptions,
} from '@arpeggio/canvas'
import type { Backend, Delivery, JsonObject } from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import { describe, expect, onTestFinished, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/*
 * How much workers take, how they stop, and what is told of them: the same wherever messages wait. Eager runs have no
 * workers.
 */

const here = redisHere()
let stores = 0

/** Short, but longer than a busy machine keeps anybody waiting. */
const LEASE_MS = 1_500
const PATIENCE = { timeout: 20_000 }

const homes: readonly (readonly [string, () => Backend])[] = [
  ['in memory', () => memoryBackend({ leaseMs: LEASE_MS })],
  [
    'on Redis',
    () =>
      redisBackend(here.server.url, {
        prefix: `workers-${stores++}`,
        lease: LEASE_MS,
        heartbeat: 'loop',
        warn: () => {},
      }),
  ],
]

describe.each(homes)('%s', { timeout: 30_000 }, (_, home) => {
  /** An app whose task `wait` runs until it is let go, whatever its signal says. */
  function house(options: AppOptions = {}) {
    const app = new App({ name: 'house', logLevel: 'silent', backend: home(), ...options })
    const begun: string[] = []
    const reasons: string[] = []
    const doors: { readonly name: string; readonly open: () => void }[] = []
    onTestFinished(async () => {
      for (const { open } of doors) open()
      await app.close()
    })
    const wait = app.task({ name: 'wait', bind: true }, async (self, name: string) => {
      self.signal.addEventListener('abort', () => reasons.push(String(self.signal.reason)))
      begun.push(name)
      await new Promise<void>((open) => doors.push({ name, open }))
      return `${name} of ${self.request.deliveries}`
    })
    const where = app.task('where', () => currentTask()?.request.hostname ?? null)
    return {
      ...{ app, begun, reasons, wait, where },
      letGo(name: string): void {
        for (const door of doors) if (door.name === name) door.open()
      },
      has: (...names: readonly string[]) =>
        expect.poll(() => [...begun].sort(), PATIENCE).toEqual([...names].sort()),
    }
  }

  describe('a worker that stops', () => {
    test('lets what runs come to its end, takes nothing new, and tells how many of each', async () => {
      const { app, wait, has, letGo, begun } = house()
      const worker = app.worker({ concurrency: 1 })
      await worker.start()
      const first = await wait.delay('first')
      await has('first')
      const second = await wait.delay('second')
      const stopped = worker.stop()
      letGo('first')
      expect(await stopped).toEqual({ finished: 1, givenBack: 0 })
      expect([await first.get(), await second.state(), begun]).toEqual(['first of 1', 'PENDING', ['first']])
      await app.worker().start()
      await has('first', 'second')
      letGo('second')
      expect(await second.get()).toBe('second of 1')
    })

    test('asks what runs too long to stop, and gives it back, to be run elsewhere as if for the first time', async () => {
      const { app, wait, has, letGo, reasons } = house()
      const worker = app.worker()
      await worker.start()
      const result = await wait.delay('long')
      await has('long')
      expect(await worker.stop({ within: 0 })).toEqual({ finished: 0, givenBack: 1 })
      expect(reasons).toEqual(['Error: the worker is shutting down'])
      await app.worker().start()
      await has('long', 'long')
      letGo('long')
      expect(await result.get()).toBe('long of 1')
    })

    test('at a signal does so in order, and at the second one at once, and loses nothing', async () => {
      const { app, wait, has, letGo } = house()
      const over = app.worker().runUntilSignal({ within: '1h', signals: ['SIGUSR2'] })
      const result = await wait.delay('long')
      await has('long')
      process.emit('SIGUSR2')
      process.emit('SIGUSR2')
      expect(await over).toEqual({ finished: 0, givenBack: 1 })
      await app.worker().start()
      await has('long', 'long')
      letGo('long')
      expect(await result.get()).toBe('long of 1')
    })

    test('ends what its tasks share, if it is the last', async () => {
      const { app } = house()
      const ended: string[] = []
      const base = { state: () => 'connection', dispose: (state: string) => void ended.push(state) }
      const ask = app.task({ name: 'ask', bind: true, base }, (self) => self.state)
      const [one, two] = [app.worker(), app.worker()]
      await Promise.all([one.start(), two.start()])
      expect(await ask.run()).toBe('connection')
      await one.stop()
      expect(ended).toEqual([])
      await two.stop()
      expect(ended).toEqual(['connection'])
    })
  })

  describe('a worker', () => {
    test('takes what it can start, and leaves the rest to those who are idle', async () => {
      const { app, wait, where, has, letGo } = house()
      await app.worker({ hostname: 'busy', concurrency: 1 }).start()
      const busy = await wait.delay('busy')
      await has('busy')
      const sent = [await where.delay(), await where.delay(), await where.delay()]
      await app.worker({ hostname: 'idle', concurrency: 1 }).start()
      expect(await Promise.all(sent.map((result) => result.get()))).toEqual(['idle', 'idle', 'idle'])
      letGo('busy')
      expect(await busy.get()).toBe('busy of 1')
    })

    test('holds so many that wait for their turn, and no more; they can be asked for', async () => {
      const { app } = house()
      const rare = app.task({ name: 'rare', rateLimit: '1/h' }, (n: number) => n)
      const ids: string[] = []
      for (let n = 0; n < 8; n++) ids.push((await rare.delay(n)).id)
      await app.worker({ hostname: 'one', concurrency: 2, prefetchMultiplier: 2 }).start()
      const reserved = async () => (await app.inspect.reserved())['one'] ?? []
      await expect.poll(async () => (await reserved()).length, PATIENCE).toBe(4)
      await expect
        .poll(async () => (await app.inspect.stats())['one'], PATIENCE)
        .toMatchObject({ finished: 1, waiting: 4 })
      expect(await app.inspect.queues()).toMatchObject([{ name: 'default', waiting: 3 }])
      const [first] = await reserved()
      expect(first).toMatchObject({ task: 'rare', queue: 'default', until: expect.any(Number) })
      const id = first?.id as string
      expect(await app.inspect.queryTask(id)).toEqual({ one: { [id]: { ...first, state: 'reserved' } } })
    })

    test('serves each of its queues in its turn, and no others', async () => {
      const { app } = house()
      const order: string[] = []
      const mark = app.task('mark', (name: string) => void order.push(name))
      const sent = []
      for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'])
        sent.push(await mark.applyAsync([name], { queue: name.slice(0, 1) }))
      await app.worker({ queues: ['a', 'b'], concurrency: 1 }).start()
      await Promise.all(sent.slice(0, 5).map((result) => result.get()))
      expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
      expect(await sent[5]?.state()).toBe('PENDING')
    })

    test('that scales by itself runs more at once when more waits, as far as it may', async () => {
      const { app, wait, has, begun } = house()
      await app.worker({ hostname: 'one', autoscale: { min: 1, max: 3 } }).start()
      for (const name of ['a', 'b', 'c']) await wait.delay(name)
      await has('a', 'b', 'c')
      await wait.delay('d')
      expect((await app.inspect.stats())['one']).toMatchObject({ concurrency: 3, running: 3 })
      expect(begun).toHaveLength(3)
    })

    test('that scales by itself gives back, as often as it is told to, what stands empty, and grows again', async () => {
      const { app, wait, begun, letGo } = house()
      await app.worker({ hostname: 'one', autoscale: { min: 1, max: 4, every: '50ms' } }).start()
      const slots = async () => (await app.inspect.stats())['one']?.concurrency
      for (const wave of ['first', 'second']) {
        for (let i = 0; i < 4; i++) await wait.delay(wave)
        await expect.poll(() => begun.filter((name) => name === wave), PATIENCE).toHaveLength(4)
        expect(await slots()).toBe(4)
        letGo(wave)
        await expect.poll(slots, PATIENCE).toBe(1)
      }
    })

    test('may write more than its app', async () => {
      const lines: string[] = []
      const write = (line: string): void => void lines.push(line)
      const logger: Logger = { debug: write, info: write, warn: write, error: write }
      const { app, where } = house({ logger })
      await app.worker({ hostname: 'loud', logLevel: 'info' }).start()
      expect(await where.run()).toBe('loud')
      await expect.poll(() => lines.length, PATIENCE).toBe(3)
      expect(lines[0]).toMatch(/^Worker loud is ready/)
      expect(lines[1]).toMatch(/^Task where\[.*\] received$/)
    })
  })

  describe('a task whose worker is lost', () => {
    /** A backend that can be told that all that it has given out is somebody else's. */
    function losing(backend: Backend): { backend: Backend; lose: () => Promise<void> } {
      const held: Delivery[] = []
      const { deliveries } = backend
      const receive: typeof deliveries.receive = async (...given) => {
        const received = await deliveries.receive(...given)
        held.push(...received)
        return received
      }
      return {
        backend: { ...backend, deliveries: { ...deliveries, receive } },
        lose: async () => deliveries.release(held.splice(0), 'rejected'),
      }
    }

    test('is asked to stop, and is run again; how it ends there changes nothing', async () => {
      const { backend, lose } = losing(home())
      const { app, wait, has, letGo, reasons } = house({ backend })
      await app.worker({ hostname: 'one' }).start()
      const result = await wait.delay('long')
      await has('long')
      await lose()
      await has('long', 'long')
      await expect.poll(() => reasons, PATIENCE).toHaveLength(1)
      expect(reasons[0]).toBe(
        `ArpeggioError: wait (${result.id}) lost its lease on the worker one: it is somebody else's now, and what comes of it here is dropped. Let it end when its signal is aborted, and see why this process stood still, or was cut off from its backend, for longer than a lease.`,
      )
      letGo('long')
      expect(await result.get()).toBe('long of 2')
    })

    test.each<[string, Pick<TaskOptions, 'acksLate' | 'rejectOnWorkerLost'>, AppOptions]>([
      ['acksLate: false', { acksLate: false }, {}],
      ['rejectOnWorkerLost: false', { rejectOnWorkerLost: false }, {}],
      ['the setting taskAcksLate: false', {}, { taskAcksLate: false }],
      ['the setting taskRejectOnWorkerLost: false', {}, { taskRejectOnWorkerLost: false }],
    ])('fails, and is not run again, with %s', async (_what, options, settings) => {
      const { backend, lose } = losing(home())
      const { app } = house({ backend, ...settings })
      const begun: string[] = []
      const caught: string[] = []
      let open: () => void = () => {}
      const gate = new Promise<void>((resolve) => {
        open = resolve
      })
      const pay = app.task({ name: 'pay', ...options }, (order: string) => {
        begun.push(order)
        return gate
      })
      const note = app.task('note', ({ error }: Failure) => void caught.push(error.type))
      await app.worker().start()
      const result = await pay.s('7').linkError(note.s()).delay()
      await expect.poll(() => begun, PATIENCE).toEqual(['7'])
      await lose()
      await expect(result.get()).rejects.toMatchObject({ name: 'WorkerLostError', code: 'worker-lost' })
      open()
      await result.run.finished()
      expect([begun, caught]).toEqual([['7'], ['WorkerLostError']])
    })
  })

  describe('what is told of workers', () => {
    test('is when they come, that they are there, and when they go', async () => {
      const { app } = house()
      const events = app.events()
      await events.ready
      const worker = app.worker({ hostname: 'one', concurrency: 3, queues: ['a'] })
      await worker.start()
      const told: unknown[] = []
      for await (const event of events) {
        if (!event.type.startsWith('worker-')) continue
        if (told.at(-1) !== event.type) told.push(event.type)
        expect(event).toMatchObject({ hostname: 'one', pid: process.pid, concurrency: 3, queues: ['a'] })
        if (event.type === 'worker-heartbeat') void worker.stop()
        if (event.type === 'worker-offline') break
      }
      expect(told).toEqual(['worker-online', 'worker-heartbeat', 'worker-offline'])
    })

    test('is what comes to them, what they begin, and what came of it', async () => {
      const { app, where } = house()
      const events = app.events()
      await events.ready
      await app.worker({ hostname: 'one' }).start()
      const { id } = await where.delay()
      const told: string[] = []
      for await (const event of events) {
        if (!('task' in event) || event.id !== id || event.type === 'task-sent') continue
        told.push(`${event.type} ${event.hostname} ${event.attempt}`)
        if (event.type === 'task-succeeded') break
      }
      expect(told).toEqual(
        ['task-received', 'task-started', 'task-succeeded'].map((type) => `${type} one ${id}:0:1`),
      )
    })

    test.each<[Settings, readonly string[]]>([
      [{ taskSendSentEvent: true }, ['run-started', 'task-sent']],
      [{ workerSendTaskEvents: true }, ['run-finished', 'task-received', 'task-started', 'task-succeeded']],
    ])('is with %o what one side has seen, also where nobody is known to read', async (settings, told) => {
      const backend = home()
      const { events } = backend
      const { app, where } = house({
        ...settings,
        backend: { ...backend, events: { ...events, isRead: () => false } },
      })
      const sent: { id?: string } = {}
      const read: JsonObject[] = []
      onTestFinished(await events.read((more) => void read.push(...more)))
      const types = () => new Set(read.filter(({ run }) => run === sent.id).map(({ type }) => type))
      await app.worker().start()
      sent.id = (await where.delay()).id
      await expect.poll(() => told.filter((type) => types().has(type)), PATIENCE).toEqual(told)
      await events.write([{ type: 'last' }])
      await expect.poll(() => read.at(-1)?.['type'], PATIENCE).toBe('last')
      expect([...types()].sort()).toEqual(told)
    })

    test('counts as retries what was tried before it was sent, everywhere', async () => {
      const { app, wait, has, letGo } = house()
      const events = app.events()
      await events.ready
      const later = await wait.applyAsync(['later'], { retries: 2, countdown: '1h' })
      expect(await app.inspect.scheduled()).toMatchObject([{ id: later.id, retries: 2 }])
      await app.worker({ hostname: 'one' }).start()
      const { id } = await wait.applyAsync(['now'], { retries: 2 })
      await has('now')
      expect(await app.inspect.active()).toMatchObject({ one: [{ id, retries: 2 }] })
      letGo('now')
      const told = new Set<string>()
      for await (const event of events) {
        if (!('retries' in event) || event.id !== id) continue
        told.add(`${event.type} ${event.retries} ${event.attempt}`)
        if (event.type === 'task-succeeded') break
      }
      expect([...told].sort()).toEqual([
        `task-received 2 ${id}:2:1`,
        'task-sent 2 null',
        `task-started 2 ${id}:2:1`,
        `task-succeeded 2 ${id}:2:1`,
      ])
    })

    test('is heard in their process, too', async () => {
      const { app } = house()
      const heard: unknown[] = []
      app.on('worker-ready', (event) => heard.push(event))
      app.on('worker-shutting-down', (event) => heard.push(event))
      app.on('worker-shutdown', (event) => heard.push(event))
      const worker = app.worker({ hostname: 'one', concurrency: 2 })
      await worker.start()
      await worker.stop()
      expect(heard).toEqual([
        { hostname: 'one', wanted: 'one', queues: ['default'], concurrency: 2, autoscale: null },
        { hostname: 'one', running: 0 },
        { hostname: 'one', finished: 0, givenBack: 0 },
      ])
    })

    test('is written where they are: their bounds, a name that they did not ask for, and how they stop', async () => {
      const lines: string[] = []
      const write = (line: string): void => void lines.push(line.replace(/one\.[0-9a-f]{6}/, 'one.other'))
      const logger: Logger = { debug: write, info: write, warn: write, error: write }
      const { app, wait, has, letGo } = house({ logger, logLevel: 'info' })
      const written = (): readonly string[] => lines.splice(0).filter((line) => line.startsWith('Worker '))
      const elastic = app.worker({ hostname: 'one', autoscale: { min: 1, max: 3 }, queues: ['a', 'b'] })
      await elastic.start()
      expect(written()).toEqual(['Worker one is ready: 1 to 3 at a time from a, b'])
      const second = app.worker({ hostname: 'one', concurrency: 4 })
      await second.start()
      expect(written()).toEqual([
        'Worker one.other goes by this name, because another one who is there is one',
        'Worker one.other is ready: 4 at a time from default',
      ])
      await wait.delay('short')
      await wait.delay('long')
      await has('short', 'long')
      const stopping = second.stop({ within: '1h' })
      expect(written()).toEqual(['Worker one.other is stopping, and waits for 2 tasks'])
      letGo('short')
      const finished = async () => (await app.inspect.stats())[second.hostname]?.finished
      await expect.poll(finished, PATIENCE).toBe(1)
      await second.stop({ within: 0 })
      await stopping
      expect(written()).toEqual(['Worker one.other has stopped: 1 finished meanwhile, 1 given back'])
    })
  })

  test('what is revoked while it runs is asked to stop, and can be asked for while it does not', async () => {
    const { app, wait, has, letGo, reasons } = house()
    await app.worker({ hostname: 'one' }).start()
    const result = await wait.delay('stubborn')
    await has('stubborn')
    expect(await app.inspect.revoked()).toEqual({ one: [] })
    await result.revoke()
    await expect.poll(() => app.inspect.revoked(), PATIENCE).toEqual({ one: [result.id] })
    expect(reasons).toEqual([`TaskRevokedError: wait (${result.id}) was revoked while it ran`])
    expect(await result.state()).toBe('REVOKED')
    letGo('stubborn')
    await expect.poll(() => app.inspect.active(), PATIENCE).toEqual({ one: [] })
    await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
  })
})
