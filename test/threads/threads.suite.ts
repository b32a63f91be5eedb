import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Worker as Thread, threadId } from 'node:worker_threads'
import {
  App,
  type AppOptions,
  type AsyncResult,
  chain,
  chord,
  group,
  type PoolOptions,
  type Worker,
  type WorkerOptions,
} from '@arpeggio/canvas'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { before, Flaky, heard, makeTasks, opened } from '../support/thread-tasks.ts'

/** Where the app's module is, and how threads read it. */
export const IN_THREADS = {
  pool: 'threads',
  module: new URL('../support/thread-app.ts', import.meta.url),
  execArgv: [
    `--import=${new URL('../support/typescript.mjs', import.meta.url).href}`,
    '--conditions=@arpeggio/source',
  ],
} as const satisfies PoolOptions

/** Tasks say that they are here by a state of their own. They may be sooner than who begins to listen, so it is looked at. */
export function reached(result: AsyncResult<unknown>, state: string): Promise<void> {
  return vi.waitFor(async () => expect(await result.state()).toBe(state), 30_000)
}

/** What tasks do in threads, as sentences. It must be what they do elsewhere. */
export function describeThreads(name: string, options: () => AppOptions): void {
  describe(name, { timeout: 60_000 }, () => {
    let app: App
    let worker: Worker
    let tasks: ReturnType<typeof makeTasks>
    const lines: unknown[][] = []
    const write = (...line: unknown[]): void => void lines.push(line)

    beforeAll(async () => {
      app = new App({
        ...{ name: 'main', logLevel: 'info', ...options() },
        logger: { debug: write, info: write, warn: write, error: write },
      })
      tasks = makeTasks(app)
      worker = app.worker({ ...IN_THREADS, concurrency: 2, hostname: 'main@one' })
      await worker.start()
    }, 60_000)
    beforeEach(() => void lines.splice(0))
    afterAll(() => app?.close())

    /** Some other worker, for a while. */
    async function withWorker<T>(
      more: WorkerOptions & Partial<Extract<PoolOptions, { pool: 'threads' }>>,
      deed: (worker: Worker) => Promise<T>,
    ): Promise<T> {
      const other = app.worker({ ...IN_THREADS, ...more })
      await other.start()
      try {
        return await deed(other)
      } finally {
        await other.stop()
      }
    }

    describe('what is drawn', () => {
      test('runs in threads: chains, groups, chords, maps', async () => {
        const { add, square, total, list } = tasks
        expect(await chain(add.s(1, 2), add.s(3), square.s()).run()).toBe(36)
        expect(await group([1, 2, 3].map((n) => square.s(n))).run()).toEqual([1, 4, 9])
        expect(
          await chord([square.s(2), square.s(3)], total.s())
            .pipe(add.s(1))
            .run(),
        ).toBe(14)
        expect(await square.map([1, 2, 3]).pipe(total.s()).run()).toBe(14)
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
        expect(await list.s(3).pipe(total.s()).run()).toBe(3)
        expect(await group([]).run()).toEqual([])
      })

      test('runs in another thread than the worker, two of them at most', async () => {
        const threads = await group(Array.from({ length: 8 }, () => tasks.thread.s())).run()
        expect(threads).not.toContain(threadId)
        expect(new Set(threads).size).toBeLessThanOrEqual(2)
      })

      test('calls its links and its errbacks', async () => {
        const { add, fails, named } = tasks
        const told: string[] = []
        const stop = app.on('task-success', ({ request, value }) => {
          if (request.task !== 'thread') told.push(`${request.task} ${value}`) // one of before may be told late
        })
        const one = await add.s(1, 2).link(add.s(10)).delay()
        const two = await fails.s('no').linkError(named.si('called')).delay()
        await Promise.all([one.run.finished(), two.run.finished()])
        // Who waits elsewhere may see the end before the worker is told that it was taken.
        await expect.poll(() => told.sort()).toEqual(['add 13', 'add 3', 'named called'])
        stop()
      })
    })

    describe('a task', () => {
      test('is given its arguments as its own copies, and keyword arguments last', async () => {
        expect(await tasks.changed.run([1, 2, 3])).toEqual([[1, 2, 3, 4], [[1, 2, 3]]])
        expect(await tasks.named.s('ada').kw({ loud: true }).run()).toBe('ADA')
      })

      test('has its arguments opened where it runs, and nowhere else', async () => {
        expect(await tasks.unlisted.run(7)).toEqual([7, [7]])
        expect(opened).toEqual([])
      })

      test('knows what it was asked to do', async () => {
        const eta = new Date(Date.now() - 1_000)
        const sent = tasks.request.s().set({ eta, headers: { tenant: 7 }, timeLimit: '1m', queue: 'default' })
        const result = await sent.stamp({ by: 'me' }).delay()
        expect(await result.get()).toMatchObject({
          ...{ id: result.id, task: 'request', rootId: result.id, parentId: null, retries: 0 },
          ...{ eta: eta.toISOString(), headers: { tenant: 7 }, stamps: { by: 'me' }, timeLimit: 60_000 },
          ...{ deliveries: 1, isEager: false, calledDirectly: false },
          deliveryInfo: { queue: 'default', priority: 5, redelivered: false },
        })
      })

      test('asks to be run again, and is, as often as it may be', async () => {
        expect(await tasks.again.run(2)).toBe(2)
        await expect(tasks.again.run(3)).rejects.toThrow('not yet')
        expect(await tasks.politely.run()).toEqual([7, 1])
      })

      test('is run again by itself for the errors it names, and those of their kind', async () => {
        expect(await tasks.flaky.run(2)).toBe(2)
        await expect(tasks.flaky.run(9)).rejects.toThrow('failed 3')
        await expect(tasks.firm.run()).rejects.toThrow('failed 0')
      })

      test('fails with what it threw: its class, its own properties and its cause', async () => {
        const error = await tasks.fails.run('no').catch((error: Error) => error)
        expect(error).toBeInstanceOf(RangeError)
        expect(error).toMatchObject({ message: 'no', cause: { name: 'TypeError', message: 'because' } })
        expect((error as Error).stack).toContain('thread-tasks.ts')
        const flaky = await tasks.firm.run().catch((error: Error) => error)
        expect(flaky).toMatchObject({ name: 'Flakier', often: 3 })
      })

      test('is heard to fail with an error of the kind that it threw', async () => {
        const heard: unknown[] = []
        const stop = app.on('task-failure', ({ error }) => heard.push(error))
        const result = await tasks.firm.delay()
        await result.run.finished()
        stop()
        expect(heard).toEqual([expect.any(Flaky)])
      })

      test.each(['a function', 'a Map', 'a bigint'])(
        'that gives %s, which cannot travel, fails at once',
        async (what) => {
          const result = await tasks.gives.delay(what)
          await expect(result.get()).rejects.toMatchObject({ code: 'value-not-json' })
          expect(await result.failure()).toMatchObject({ retries: 0 })
        },
      )

      test('that asks to be run again with what cannot travel, fails at once', async () => {
        const result = await tasks.oddly.delay()
        await expect(result.get()).rejects.toMatchObject({ code: 'value-not-json' })
        expect(await result.failure()).toMatchObject({ retries: 0 })
      })

      test('that names an unknown task fails as it would elsewhere', async () => {
        await expect(app.signature('nobody').run()).rejects.toMatchObject({ code: 'task-unknown' })
      })

      test('that is made here, and not by the module, fails and says so', async () => {
        const here = app.task('only-here', () => 1)
        await expect(here.run()).rejects.toThrow('made by the module that the worker')
      })

      test('may be ignored, rejected, and given back', async () => {
        const result = await tasks.ignores.delay()
        expect([await result.get(), await result.state()]).toEqual([null, 'IGNORED'])
        await expect(tasks.rejects.run(false)).rejects.toMatchObject({ name: 'Reject', message: 'not mine' })
        expect(await tasks.rejects.run(true)).toBe(3)
      })

      test('is replaced by another canvas', async () => {
        expect(await tasks.instead.s(5).pipe(tasks.total.s()).run()).toBe(13)
      })

      test('adds to the chord that it is a member of', async () => {
        expect(await chord([tasks.joins.s(1), tasks.joins.s(2)], tasks.total.s()).run()).toBe(26)
      })

      test('tells its progress and states of its own, and writes where its worker writes', async () => {
        const told: unknown[] = []
        const result = await tasks.steps.delay(2)
        await result.get({ onMessage: ({ state, meta }) => told.push([state, meta]) })
        expect(told).toContainEqual(['TIDYING', { left: 0 }])
        const [line] = lines.filter(([text]) => String(text).endsWith('all done'))
        expect(line).toEqual([`steps[${result.id}]: all done`, '{ steps: 2 }', '[Function (anonymous)]'])
      })

      test('sends others where its worker lives, and may wait for them', async () => {
        const sent: (string | null)[] = []
        const stop = app.on('task-sent', ({ request }) => sent.push(request.parentId))
        const result = await tasks.sends.delay(1)
        expect(await result.get()).toBe(6)
        stop()
        expect(sent.filter((parent) => parent === result.id)).toHaveLength(1)
      })

      test('speaks to the workers there, and is told why it may not do something', async () => {
        expect(await tasks.asks.run()).toEqual(['main@one'])
        const waiting = await tasks.add.s(1, 2).set({ queue: 'nobody' }).delay()
        expect(await tasks.purges.run('nobody')).toBe(1)
        expect(await waiting.state()).toBe('REVOKED')
        await expect(tasks.doubles.run(`taken-${Date.now()}`)).rejects.toMatchObject({ code: 'id-taken' })
      })

      test('is between its schemas', async () => {
        expect(await tasks.checked.run(3)).toBe(2)
        await expect(app.signature('checked', { args: [-3] }).run()).rejects.toMatchObject({
          code: 'value-refused',
        })
        await expect(tasks.checked.run(1)).rejects.toThrow('The result of checked')
      })

      test('shares the state of its base with those in the same thread', async () => {
        await withWorker({ queues: ['one'], concurrency: 1 }, async () => {
          const counts = tasks.counts.s().set({ queue: 'one' })
          const first = (await counts.run()) as { thread: number; calls: number }
          expect(first.thread).not.toBe(threadId)
          expect(await counts.run()).toEqual({ thread: first.thread, calls: 2 })
        })
      })
    })

    test('handlers run in the main thread, also those of a task that was killed', async () => {
      heard.splice(0)
      expect(await tasks.handled.run(false)).toBe(0)
      await expect(tasks.handled.s(true).set({ timeLimit: 100 }).run()).rejects.toThrow('100 ms')
      expect(heard).toEqual([
        ...['beforeStart in 0', 'onSuccess 0 in 0', 'afterReturn SUCCESS in 0'],
        ...['beforeStart in 0', 'onFailure TimeLimitExceeded in 0', 'afterReturn FAILURE in 0'],
      ])
    })

    describe('time limits', () => {
      test('a loop that never yields is killed by a hard one, and others go on', async () => {
        const { spins, add } = tasks
        const error = await spins
          .s()
          .set({ timeLimit: 100 })
          .run()
          .catch((error: Error) => error)
        expect(error).toMatchObject({ name: 'TimeLimitExceeded', message: expect.stringContaining('100 ms') })
        const two = group(spins.s().set({ timeLimit: 100 }), spins.s().set({ timeLimit: 100 }))
        expect(await (await two.delay()).get({ propagate: false })).toEqual([
          expect.any(Error),
          expect.any(Error),
        ])
        expect(await group([1, 2, 3].map((n) => add.s(n, n))).run()).toEqual([2, 4, 6])
      })

      test('the thread of another task is left alone', async () => {
        const waiting = await tasks.waits.s().set({ softTimeLimit: '500ms' }).delay()
        await reached(waiting, 'WAITING')
        await expect(tasks.spins.s().set({ timeLimit: 50 }).run()).rejects.toThrow('50 ms')
        expect(await waiting.get()).toBe('SoftTimeLimitExceeded')
      })

      test('a soft one is heard in the thread', async () => {
        expect(await tasks.waits.s().set({ softTimeLimit: 50 }).run()).toBe('SoftTimeLimitExceeded')
      })

      test('a hard one follows a soft one that was not heeded', async () => {
        const limited = tasks.spins.s().set({ softTimeLimit: 20, timeLimit: 100 })
        await expect(limited.run()).rejects.toThrow('100 ms')
      })
    })

    describe('what nobody wants any more', () => {
      let file: string
      beforeEach(() => {
        file = join(mkdtempSync(join(tmpdir(), 'arpeggio-threads-')), 'told')
        writeFileSync(file, '')
      })
      afterEach(() => rmSync(join(file, '..'), { recursive: true }))

      test('is asked to stop, and has time to tidy up', async () => {
        const result = await tasks.heeds.delay(file)
        await reached(result, 'WAITING')
        await result.revoke()
        await expect(result.get()).rejects.toMatchObject({ name: 'TaskRevokedError' })
        await result.run.finished()
        expect(readFileSync(file, 'utf8')).toBe(`heeds (${result.id}) was revoked while it ran\n`)
      })

      test('is killed with its thread if it does not heed that', async () => {
        const result = await tasks.spinsOn.delay()
        await reached(result, 'SPINNING')
        await app.control.terminate(result.id)
        await result.run.finished()
        expect(await result.state()).toBe('REVOKED')
        expect((await app.inspect.active())['main@one']).toEqual([])
        expect(await tasks.add.run(1, 1)).toBe(2)
      })

      test('is killed also where a soft limit was not heeded before', async () => {
        const result = await tasks.spinsOn.s().set({ softTimeLimit: 1 }).delay()
        await reached(result, 'SPINNING')
        await result.revoke()
        await result.run.finished()
        expect((await app.inspect.active())['main@one']).toEqual([])
      })

      test('is killed when its worker stops, and given back', async () => {
        const other = app.worker({ ...IN_THREADS, queues: ['other'], concurrency: 1 })
        await other.start()
        const result = await tasks.spinsOn.s().set({ queue: 'other' }).delay()
        await reached(result, 'SPINNING')
        expect(await other.stop({ within: 0 })).toEqual({ finished: 0, givenBack: 1 })
        await result.revoke()
        await withWorker({ queues: ['other'], concurrency: 1 }, () => result.run.finished())
      })

      test('leaves nothing behind: what tasks shared is disposed of in each thread', async () => {
        await withWorker({ queues: ['files'], concurrency: 1 }, async () => {
          expect(await tasks.files.s(file).set({ queue: 'files' }).run()).not.toBe(threadId)
        })
        expect(readFileSync(file, 'utf8')).toMatch(/^disposed in \d+\n$/)
      })
    })

    test('threads that are needed no more are ended, when fewer tasks may run at once', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'arpeggio-threads-'))
      const file = join(folder, 'told')
      const hostname = 'main@shrinking'
      await withWorker({ queues: ['shrinking'], concurrency: 2, hostname }, async () => {
        const both = group(tasks.files.s(file), tasks.files.s(file)).set({ queue: 'shrinking' })
        expect(new Set(await both.run()).size).toBe(2)
        await app.control.poolShrink(1, { destination: [hostname] })
        await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/^disposed in \d+\n$/), 10_000)
      })
      expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
      rmSync(folder, { recursive: true })
    })

    describe('a thread that dies', () => {
      test('takes only its own task with it, which runs again', async () => {
        const { exits, add } = tasks
        expect(await group(exits.s(2), add.s(1, 2)).run()).toEqual([2, 3])
      })

      test('kills no task for ever: after five times it fails, and is a dead letter', async () => {
        const result = await tasks.exits.delay(99)
        const error = await result.get().catch((error: Error) => error)
        expect(error).toMatchObject({ name: 'WorkerLostError', code: 'worker-lost' })
        expect(error).toMatchObject({ cause: { message: expect.stringContaining('it ended with code 3') } })
        const letter = await app.backend.deadLetters.remove(result.id)
        expect(letter?.reason).toContain('exits was run 5 times, and each time it was lost')
      })

      test('fails a task that may run only once', async () => {
        await expect(tasks.exitsOnce.run()).rejects.toMatchObject({
          name: 'WorkerLostError',
          message: expect.stringContaining('it ended with code 4'),
        })
      })

      test.each(['unnoticed', 'noticed'])(
        'of what a task left behind, %s, costs nothing of the next one, which runs in another',
        async (noticed) => {
          const folder = mkdtempSync(join(tmpdir(), 'arpeggio-threads-'))
          const file = join(folder, 'die')
          let first: Thread | undefined
          process.once('worker', (made) => {
            first = made
          })
          await withWorker({ queues: ['once'], concurrency: 1 }, async () => {
            const thread = await tasks.leaves.s(file).set({ queue: 'once' }).run()
            await expect.poll(() => existsSync(`${file}-soon`)).toBe(true)
            before.start = async () => {
              if (noticed === 'unnoticed') return void setImmediate(() => writeFileSync(file, ''))
              writeFileSync(file, '')
              await new Promise((resolve) => first?.once('exit', resolve))
            }
            const [deliveries, next] = (await tasks.once.s().set({ queue: 'once' }).run()) as [number, number]
            expect(deliveries).toBe(1)
            expect([threadId, thread]).not.toContain(next)
          })
          before.start = () => {}
          rmSync(folder, { recursive: true })
        },
      )

      test('may die of what nobody caught', async () => {
        await expect(tasks.throwsLater.run()).rejects.toMatchObject({
          name: 'WorkerLostError',
          message: expect.stringContaining('thrown in passing'),
        })
      })

      test('may die of the memory that it takes, and the process does not', async () => {
        const little = { queues: ['eats'], concurrency: 1, resourceLimits: { maxOldGenerationSizeMb: 128 } }
        await withWorker(little, async () => {
          await expect(tasks.eats.s().set({ queue: 'eats' }).run()).rejects.toMatchObject({
            name: 'WorkerLostError',
            message: expect.stringContaining('memory'),
          })
        })
      })
    })

    test('a thread is replaced when it has run as much as it may', async () => {
      await withWorker({ queues: ['few'], concurrency: 1, maxTasksPerChild: 2 }, async () => {
        const thread = tasks.thread.s().set({ queue: 'few' })
        const threads: number[] = []
        for (let i = 0; i < 4; i++) threads.push(await thread.run())
        const [first, , third] = threads
        expect(threads).toEqual([first, first, third, third])
        expect(third).not.toBe(first)
      })
    })
  })
}
