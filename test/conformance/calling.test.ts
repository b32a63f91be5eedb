import {
  App,
  type AppOptions,
  type AsyncResult,
  chain,
  chord,
  currentTask,
  type Failure,
  group,
  type LaunchOptions,
  memoryBackend,
  type Serializer,
  type Settings,
  type Signature,
  type TaskRequest,
} from '@arpeggio/canvas'
import { type RedisBackendOptions, redisBackend } from '@arpeggio/redis-backend'
import { describe, expect, onTestFinished, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/*
 * What can be said of a call means the same wherever it runs, said by `applyAsync` or by `set`.
 */

const here = redisHere()
let stores = 0

function redisOf(options: RedisBackendOptions = {}) {
  return redisBackend(here.server.url, { prefix: `calling-${stores++}`, warn: () => {}, ...options })
}

const places: readonly (readonly [string, () => AppOptions])[] = [
  ['in memory', () => ({ backend: memoryBackend() })],
  ['eagerly', () => ({ alwaysEager: true })],
  ['on Redis', () => ({ backend: redisOf() })],
]

const RICH = { serializer: 'rich', resultSerializer: 'rich' } as const

/** A sure way to lose a value that is not packed: it becomes another one. */
const BACKWARDS: Serializer = {
  encode: (value) => [...JSON.stringify(value ?? null)].reverse().join(''),
  decode: (json) => JSON.parse([...String(json)].reverse().join('')),
}

describe.each(places)('%s', (_, place) => {
  /** An app with a worker for two queues, and tasks that write down how they were called. */
  async function troupe(settings: Settings = {}) {
    const app = new App({ logLevel: 'silent', ...place(), ...settings })
    onTestFinished(() => app.close())
    const seen: { readonly request: TaskRequest; readonly args: readonly unknown[] }[] = []
    function note(...args: readonly unknown[]): void {
      const task = currentTask()
      if (task !== null) seen.push({ request: task.request, args })
    }
    const tasks = {
      look: app.task({ name: 'look', typing: false }, note as (...args: unknown[]) => void),
      take: app.task({ name: 'take', ...RICH }, (value: unknown) => {
        note(value)
        return value
      }),
      caught: app.task('caught', (failure: Failure) => note(failure)),
      boom: app.task('boom', (): void => {
        note()
        throw new RangeError('boom')
      }),
    }
    await app.worker({ queues: ['default', 'low'] }).start()
    return { app, tasks, seen }
  }

  async function ended(result: AsyncResult<unknown>): Promise<string> {
    await result.run.finished()
    return result.state()
  }

  describe('an option of a call', () => {
    const day = new Date('2001-02-03T04:05:06Z')
    const rows: readonly (readonly [
      LaunchOptions,
      (of: { request: TaskRequest; args: readonly unknown[] }) => unknown,
      unknown,
    ])[] = [
      [{ queue: 'low' }, ({ request }) => request.deliveryInfo.queue, 'low'],
      [{ priority: 0 }, ({ request }) => request.deliveryInfo.priority, 0],
      [{ headers: { trace: 'a' } }, ({ request }) => request.headers, { trace: 'a' }],
      [{ stamps: { tenant: 7 } }, ({ request }) => request.stamps, { tenant: 7 }],
      [{ shadow: 'alias' }, ({ request }) => request.shadow, 'alias'],
      [{ timeLimit: '5s' }, ({ request }) => request.timeLimit, 5_000],
      [{ softTimeLimit: '2s' }, ({ request }) => request.softTimeLimit, 2_000],
      [{ ignoreResult: true }, ({ request }) => request.ignoreResult, true],
      [{ expires: '1h' }, ({ request }) => request.expires instanceof Date, true],
      [{ eta: day }, ({ request }) => request.eta, day],
      [{ countdown: '20ms' }, ({ request }) => request.eta, null],
      [{ retries: 2 }, ({ request }) => request.retries, 2],
      [{ serializer: 'rich' }, ({ args }) => args[0], new Map([['key', day]])],
      [
        { compression: 'gzip' },
        ({ request }) => request.args[1],
        { '~packed': 'gzip', value: expect.any(String) },
      ],
      [{ compression: 'gzip' }, ({ args }) => args[1], 'long '.repeat(1_000)],
    ]

    test.each(rows.map((row) => [JSON.stringify(row[0]), row] as const))(
      '%s reaches the task',
      async (_, [options, look, expected]) => {
        const { tasks, seen } = await troupe()
        const first = options.serializer === 'rich' ? new Map([['key', day]]) : 1
        const args = [first, 'long '.repeat(1_000)]
        const results = [
          await tasks.look.applyAsync(args, options),
          await tasks.look
            .s(...args)
            .set(options as never)
            .delay(),
          await tasks.look.s().applyAsync(args, options),
          await chain(tasks.look.s(...args), tasks.look.si(...args))
            .set(options as never)
            .delay(),
        ]
        for (const result of results) expect(await ended(result)).toBe('SUCCESS')
        const first4 = 'countdown' in options || 'eta' in options ? seen.slice(0, 4) : seen
        expect(first4.map(look)).toEqual(first4.map(() => expected))
        expect(seen).toHaveLength(5)
      },
    )

    test('taskId names the run, kwargs come last, and callbacks hang on it', async () => {
      const { tasks, seen } = await troupe()
      const options = { kwargs: { depth: 2 }, link: tasks.look.si('linked'), linkError: tasks.caught.s() }
      const result = await tasks.look.applyAsync([1], { ...options, taskId: 'mine' })
      expect([result.id, await ended(result)]).toEqual(['mine', 'SUCCESS'])
      expect(seen.map(({ args }) => args)).toEqual([[1, { depth: 2 }], ['linked']])
      expect(seen[0]?.request).toMatchObject({ callbacks: ['look'], errbacks: ['caught'] })
      const failed = await tasks.boom.applyAsync([], { linkError: [tasks.caught.s()] })
      expect(await ended(failed)).toBe('FAILURE')
      expect(seen.at(-1)?.args).toMatchObject([{ task: 'boom', error: { message: 'boom' } }])
    })

    test.each<[LaunchOptions, string, RegExp]>([
      [{ countdown: -1 }, 'duration-invalid', /countdown of look is -1/],
      [{ eta: 'soon' }, 'moment-invalid', /eta of look is "soon"/],
      [{ expires: 'never' }, 'moment-invalid', /expires of look/],
      [{ queue: '' }, 'option-invalid', /queue of look cannot be ""/],
      [{ priority: 10 }, 'option-invalid', /priority of look cannot be 10/],
      [{ headers: [] as never }, 'option-invalid', /headers of look/],
      [{ headers: { a: 1n } }, 'value-not-json', /headers of look\.a/],
      [{ stamps: { queue: 1 } }, 'option-invalid', /stamps of look cannot have the name "queue"/],
      [{ link: 'look' as never }, 'option-invalid', /link of look/],
      [{ linkError: [1] as never }, 'option-invalid', /linkError of look/],
      [{ taskId: 'a.b' }, 'id-invalid', /taskId "a\.b"/],
      [{ taskId: '' }, 'option-invalid', /taskId of look/],
      [{ idempotencyKey: 7 as never }, 'option-invalid', /idempotencyKey of look cannot be 7/],
      [{ idempotencyKey: 'x'.repeat(201) }, 'option-invalid', /at most 200 characters/],
      [{ idempotencyKey: 'a', taskId: 'b' }, 'option-invalid', /both taskId and idempotencyKey/],
      [{ countdown: 1, eta: new Date(0) }, 'option-invalid', /both countdown and eta/],
      [{ retries: -1 }, 'option-invalid', /retries of look cannot be -1\. Give a whole number from 0/],
      [{ retries: 0.5 }, 'option-invalid', /retries of look/],
      [{ timeLimit: 0 }, 'duration-invalid', /timeLimit of look/],
      [{ softTimeLimit: 'long' as never }, 'duration-invalid', /softTimeLimit of look/],
      [{ ignoreResult: 'yes' as never }, 'option-invalid', /ignoreResult of look/],
      [{ shadow: '' }, 'option-invalid', /shadow of look/],
      [{ serializer: '' }, 'option-invalid', /serializer of look/],
      [
        { serializer: 'pickle' },
        'serializer-unknown',
        /has no serializer "pickle".*app\.serializer\("pickle"/,
      ],
      [
        { compression: 'bzip2' as never },
        'option-invalid',
        /compression of look cannot be "bzip2"\. Give 'gzip'/,
      ],
      [{ kwargs: 5 as never }, 'option-invalid', /Keyword arguments are an object/],
      [{ immutable: 1 as never }, 'option-invalid', /immutable/],
      [{ retryPolicy: {} } as never, 'option-invalid', /look has no option "retryPolicy"/],
      [{ compresion: 'gzip' } as never, 'option-invalid', /Did you mean compression\?/],
    ])('%o is refused', async (options, code, message) => {
      const { tasks, seen } = await troupe()
      const refused = expect.objectContaining({ code, message: expect.stringMatching(message) })
      await expect(tasks.look.applyAsync([1], options)).rejects.toEqual(refused)
      expect(seen).toEqual([])
    })
  })

  describe('a call that has expired', () => {
    test.each<[string, LaunchOptions]>([
      ['before it was sent', { expires: new Date(0) }],
      ['while it waited', { expires: '5ms', countdown: '60ms' }],
    ])('%s never runs, and ends as REVOKED with the reason', async (_, options) => {
      const { tasks, seen } = await troupe()
      const result = await tasks.look.applyAsync([1], { ...options, linkError: tasks.caught.s() })
      expect(await ended(result)).toBe('REVOKED')
      await expect(result.get()).rejects.toMatchObject({
        name: 'TaskRevokedError',
        code: 'task-revoked',
        message: expect.stringMatching(/^look expired at \d{4}-.*, before it could start$/),
      })
      expect(seen.map(({ request }) => request.task)).toEqual(['caught'])
      expect(seen[0]?.args).toMatchObject([{ state: 'REVOKED', task: 'look' }])
    })
  })

  describe('retries', () => {
    test('count as made already', async () => {
      const { app, seen, tasks } = await troupe()
      const flaky = app.task(
        { name: 'flaky', maxRetries: 3, defaultRetryDelay: 0, autoretryFor: [Error] },
        (): void => {
          seen.push({ request: currentTask()?.request as TaskRequest, args: [] })
          throw new Error('not yet')
        },
      )
      const result = await flaky.applyAsync([], { retries: 2, linkError: tasks.caught.s() })
      expect(await ended(result)).toBe('FAILURE')
      expect(seen.map(({ request: { task, retries } }) => `${task} ${retries}`)).toEqual([
        'flaky 2',
        'flaky 3',
        'caught 0',
      ])
      expect(seen.at(-1)?.args).toMatchObject([{ task: 'flaky', retries: 3 }])
      expect(await result.failure()).toMatchObject({ task: 'flaky', retries: 3 })
    })
  })

  describe('an idempotencyKey', () => {
    test('makes one run of what is sent again and again, also at once', async () => {
      const { app, seen } = await troupe()
      const pay = app.task('pay', (order: string) => seen.push({ request: {} as TaskRequest, args: [order] }))
      const again = (): Promise<AsyncResult<number>> => pay.applyAsync(['7'], { idempotencyKey: 'order 7' })
      const results = await Promise.all(Array.from({ length: 10 }, again))
      const [first] = results
      expect(new Set(results.map(({ id }) => id)).size).toBe(1)
      expect(await Promise.all(results.map((result) => result.get()))).toEqual(Array(10).fill(1))
      expect(await (await again()).get()).toBe(1)
      expect(await (await pay.s('7').set({ idempotencyKey: 'order 7' }).delay()).get()).toBe(1)
      expect(seen).toHaveLength(1)
      expect(await pay.s('8').set({ idempotencyKey: 'order 8' }).run()).toBe(2)
      await first?.forget()
      expect(await (await again()).get()).toBe(3)
    })

    test('belongs to its task', async () => {
      const { tasks } = await troupe()
      const key = { idempotencyKey: 'the same' }
      const ids = [await tasks.look.applyAsync([1], key), await tasks.boom.applyAsync([], key)].map(
        ({ id }) => id,
      )
      expect(new Set(ids).size).toBe(2)
    })

    test('gives the failure of what has failed, until that is forgotten', async () => {
      const { tasks, seen } = await troupe()
      const key = { idempotencyKey: 'once' }
      for (let i = 0; i < 2; i++)
        await expect((await tasks.boom.applyAsync([], key)).get()).rejects.toThrow('boom')
      expect(seen).toHaveLength(1)
      await (await tasks.boom.applyAsync([], key)).forget()
      await expect((await tasks.boom.applyAsync([], key)).get()).rejects.toThrow('boom')
      expect(seen).toHaveLength(2)
    })

    test('names a whole canvas, which is not run otherwise drawn', async () => {
      const { tasks, seen } = await troupe()
      const [a, b] = [tasks.look.si('a'), tasks.look.si('b')]
      const key = { idempotencyKey: 'nightly' }
      const result = await chain(a, b).set(key).delay()
      expect((await chain(a, b).set(key).delay()).id).toBe(result.id)
      await result.get()
      expect(seen.map(({ args }) => args[0])).toEqual(['a', 'b'])
      const otherwise = chain(a, b, a).set(key)
      await expect(otherwise.delay()).rejects.toMatchObject({
        code: 'id-taken',
        message: expect.stringMatching(
          /^The idempotencyKey "nightly" belongs to a run that was drawn otherwise\./,
        ),
      })
      expect((await group(a, b).set(key).delay()).id).not.toBe(result.id)
      await expect(chain(a.set(key), b).delay()).rejects.toMatchObject({
        code: 'option-invalid',
        message: expect.stringMatching(/^A task inside a canvas has the idempotencyKey "nightly"\./),
      })
    })

    test('can be made by the task, of its arguments as it will be given them', async () => {
      const { app } = await troupe()
      let runs = 0
      const bill = app.task(
        {
          name: 'bill',
          serializer: 'rich',
          idempotencyKey: ([order, when]) =>
            order === 'any' ? null : `${order} of ${(when as Date).getTime()}`,
        },
        (_order: string, _when: Date) => ++runs,
      )
      expect([await bill.run('7', new Date(1)), await bill.run('7', new Date(1)), runs]).toEqual([1, 1, 1])
      expect(await bill.run('7', new Date(2))).toBe(2)
      expect([await bill.run('any', new Date(1)), await bill.run('any', new Date(1))]).toEqual([3, 4])
      expect(await bill.s('7', new Date(1)).set({ taskId: 'anew' }).run()).toBe(5)
      expect(await bill.s('7', new Date(1)).set({ idempotencyKey: 'mine' }).run()).toBe(6)
      const odd = app.task({ name: 'odd', idempotencyKey: () => 5 as never }, () => null)
      await expect(odd.delay()).rejects.toThrow('The idempotencyKey of this call of odd is 5.')
    })
  })

  describe('what is packed', () => {
    const rich = {
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n, undefined])]]),
      when: new Date(5),
      bytes: Buffer.from('bytes'),
      odd: [Number.NaN, Number.POSITIVE_INFINITY, -0, undefined, /x+/gi],
      $: 'Map',
      plain: { deep: [null, true, 'text'] },
    }

    test('arrives as it was, and goes on to the next step, to a body, to links and to whoever asks', async () => {
      const { app, tasks, seen } = await troupe()
      const { take } = tasks
      expect(await take.run(rich)).toEqual(rich)
      expect(await take.s(rich).pipe(take.s(), take.s()).run()).toEqual(rich)
      expect(await group(take.s(rich), take.s(1n)).run()).toEqual([rich, 1n])
      const sizes = app.task({ name: 'sizes', serializer: 'rich' }, (list: Map<string, bigint>[]) =>
        list.map(({ size }) => size),
      )
      const map = new Map([['a', 1n]])
      const counts = app.task({ name: 'counts', ...RICH }, (counts: Map<string, bigint>) => counts)
      expect(await chord([counts.s(map), counts.s(new Map())], sizes.s()).run()).toEqual([1, 0])
      expect(await take.map([rich, 2n]).run()).toEqual([rich, 2n])
      expect(await take.starmap([[rich]]).run()).toEqual([rich])
      seen.length = 0
      await (await counts.s(map).link(take.s()).delay()).run.finished()
      expect(seen.map(({ args }) => args)).toEqual([[map]])
    })

    test('need not be packed the same way at each step', async () => {
      const { app } = await troupe()
      app.serializer('backwards', BACKWARDS)
      const shout = app.task(
        { name: 'shout', serializer: 'backwards', resultSerializer: 'backwards' },
        (text: string) => text.toUpperCase(),
      )
      const plain = app.task('plain', (text: string) => `${text}!`)
      const again = app.task({ name: 'again', ...RICH }, (text: string) => text)
      expect(await plain.s('a').pipe(shout.s(), again.s(), plain.s(), shout.s()).run()).toBe('A!!')
      expect(await shout.s('b').pipe(plain.s()).set({ serializer: 'rich' }).run()).toBe('B!')
    })

    test('runs again as it was, or with other arguments', async () => {
      const { app } = await troupe()
      const twice = app.task(
        { name: 'twice', bind: true, serializer: 'rich', resultSerializer: 'rich' },
        (self, map: Map<string, number>, how: string): Map<string, number> => {
          if (self.request.retries === 0) self.retry({ countdown: 0 })
          if (self.request.retries === 1) self.retry({ countdown: 0, args: self.request.args })
          if (self.request.retries === 2)
            self.retry({ countdown: 0, args: [new Map([['b', map.size]]), how] as never })
          return map
        },
      )
      expect(await twice.run(new Map([['a', 1]]), 'so')).toEqual(new Map([['b', 1]]))
    })

    test('is handed to what replaces a task, to its schema, and to its handlers', async () => {
      const { app, tasks } = await troupe()
      const told: unknown[] = []
      const swap = app.task(
        { name: 'swap', bind: true, serializer: 'rich', resultSerializer: 'rich' },
        (self, map: Map<string, number>) => self.replace(tasks.take.s(map) as Signature<Map<string, number>>),
      )
      expect(await swap.run(new Map([['a', 1]]))).toEqual(new Map([['a', 1]]))
      const checked = app.task(
        {
          name: 'checked',
          serializer: 'rich',
          resultSerializer: 'rich',
          base: { onSuccess: (_self, value) => void told.push(value) },
          schema: {
            args: {
              '~standard': {
                version: 1,
                vendor: 'here',
                validate: (args: unknown) =>
                  (args as unknown[])[0] instanceof Date
                    ? { value: args }
                    : { issues: [{ message: 'no Date' }] },
              },
            },
          },
        },
        (when: unknown) => when,
      )
      expect(await checked.run(new Date(3))).toEqual(new Date(3))
      expect(told).toEqual([new Date(3)])
      await expect(checked.delay('3')).rejects.toMatchObject({ code: 'value-refused' })
    })

    test('is shown to a route as it will be given to the task', async () => {
      const { app } = await troupe({
        taskRoutes: (_task, [first]) => ((first as unknown) instanceof Map ? 'low' : null),
      })
      const where = app.task(
        { name: 'where', serializer: 'rich' },
        (_map: Map<string, number>) => currentTask()?.request.deliveryInfo.queue ?? null,
      )
      expect(await where.run(new Map())).toBe('low')
    })

    test('is long and then short on its way, if that was asked for', async () => {
      const { app, seen } = await troupe({ taskCompression: 'gzip', resultCompression: 'gzip' })
      const text = 'long '.repeat(10_000)
      const repeat = app.task('repeat', (given: string) => {
        seen.push({ request: currentTask()?.request as TaskRequest, args: [given] })
        return given
      })
      expect(await repeat.s(text).pipe(repeat.s()).run()).toBe(text)
      expect(await repeat.s('short').run()).toBe('short')
      expect(await repeat.s(text).set({ compression: 'none' }).run()).toBe(text)
      const travelled = seen.map(({ request }) => JSON.stringify(request.args).length)
      expect(travelled.map((size) => size < 1_000)).toEqual([true, true, true, false])
      expect(await repeat.map([text, 'b']).run()).toEqual([text, 'b'])
      await expect(repeat.run('x'.repeat(1_100_000))).rejects.toMatchObject({ code: 'limit-exceeded' })
    })

    test('is refused where it cannot be packed, and cannot be made up', async () => {
      const { app, tasks } = await troupe()
      const { look, take } = tasks
      const give = app.task({ name: 'give', resultSerializer: 'nowhere' }, () => 1)
      await expect(look.delay(new Map())).rejects.toMatchObject({ code: 'value-not-json' })
      await expect(take.delay(() => {})).rejects.toMatchObject({ code: 'value-not-json' })
      await expect(take.delay(Symbol('s'))).rejects.toMatchObject({ code: 'value-not-json' })
      const endless: unknown[] = []
      endless.push(endless)
      await expect(take.delay(endless)).rejects.toMatchObject({ code: 'value-not-json' })
      await expect(look.delay({ '~packed': 'rich', value: 1 })).rejects.toMatchObject({
        code: 'value-not-json',
        message: expect.stringContaining('a key named ~packed is refused'),
      })
      await expect(give.run()).rejects.toMatchObject({ code: 'serializer-unknown' })
    })
  })
})

test.each([
  ['in memory', () => memoryBackend({ resultTtlMs: 30 })],
  ['on Redis', () => redisOf({ resultTtl: 30 })],
] as const)(
  '%s what is not kept any more is unknown, and its idempotencyKey is free again',
  async (_, home) => {
    await using app = new App({ backend: home(), logLevel: 'silent' })
    let payments = 0
    const pay = app.task('pay', () => ++payments)
    await app.worker().start()
    const again = (): Promise<AsyncResult<number>> => pay.applyAsync([], { idempotencyKey: 'order 7' })
    const first = await again()
    await expect.poll(() => payments, { timeout: 4_000 }).toBe(1)
    await expect.poll(() => first.state(), { timeout: 4_000 }).toBe('UNKNOWN')
    await again()
    await expect.poll(() => payments, { timeout: 4_000 }).toBe(2)
  },
)

describe.each(places.filter(([name]) => name !== 'eagerly'))('%s, a serializer', (_, place) => {
  test('that the worker does not know is a failure that says what to do, and errbacks hear of it', async () => {
    const { backend } = place()
    const sender = new App({ name: 'sender', backend, logLevel: 'silent' } as AppOptions)
    const receiver = new App({ name: 'receiver', backend, logLevel: 'silent' } as AppOptions)
    onTestFinished(async () => void (await Promise.all([sender.close(), receiver.close()])))
    sender.serializer('backwards', BACKWARDS)
    const heard: Failure[] = []
    receiver.task('far', (text: string) => text)
    receiver.task('caught', (failure: Failure) => void heard.push(failure))
    await receiver.worker().start()
    const far = sender.signature('far', { args: ['text'], options: { serializer: 'backwards' } })
    const result = await far.linkError(sender.signature('caught')).delay()
    await expect(result.get()).rejects.toMatchObject({
      code: 'serializer-unknown',
      message: expect.stringMatching(
        /the app receiver has no serializer "backwards".*app\.serializer\("backwards"/,
      ),
    })
    await result.run.finished()
    expect(heard).toMatchObject([{ task: 'far', args: [{ '~packed': 'backwards', value: '"txet"' }] }])
  })

  test('that whoever asks does not know is an error there, and nowhere else', async () => {
    const { backend } = place()
    const asker = new App({ name: 'asker', backend, logLevel: 'silent' } as AppOptions)
    const giver = new App({ name: 'giver', backend, logLevel: 'silent' } as AppOptions)
    onTestFinished(async () => void (await Promise.all([asker.close(), giver.close()])))
    giver.serializer('backwards', BACKWARDS)
    giver.task({ name: 'give', resultSerializer: 'backwards' }, () => 'text')
    await giver.worker().start()
    const result = await asker.signature('give').delay()
    await expect(result.get()).rejects.toMatchObject({ code: 'serializer-unknown' })
    expect(await result.state()).toBe('SUCCESS')
    expect(await giver.result(result.id).get()).toBe('text')
  })

  test('orders what waits by priority, 0 first', async () => {
    await using app = new App({ ...place(), logLevel: 'silent' })
    const order: number[] = []
    const mark = app.task('mark', (n: number) => void order.push(n))
    const results: AsyncResult<unknown>[] = []
    for (const priority of [9, 5, 0]) results.push(await mark.applyAsync([priority], { priority }))
    await app.worker({ concurrency: 1 }).start()
    await Promise.all(results.map((result) => result.get()))
    expect(order).toEqual([0, 5, 9])
  })
})
