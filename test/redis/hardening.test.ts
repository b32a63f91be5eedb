import { App, chain, group } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packArguments } from '../../packages/redis-backend/src/arguments.ts'
import { scriptOf } from '../../packages/redis-backend/src/scripts.ts'
import { redisHere } from '../support/redis-here.ts'
import { startProxy } from '../support/tcp-proxy.ts'

/* What went wrong once, and must not again. */

const here = redisHere()
let app: App
let apps: App[]

beforeEach(async () => {
  await here.redis.flushall()
  apps = []
  app = appOn()
})
afterEach(async () => {
  for (const one of apps) await one.close()
})

function appOn(options: Parameters<typeof redisBackend>[1] = {}): App {
  const made = new App({
    backend: redisBackend(here.server.url, { warn: () => {}, ...options }),
    report: () => {},
  })
  apps.push(made)
  return made
}

const key = (name: string): string => `{arpeggio:0}:${name}`

describe('long messages', () => {
  test('may have any characters at any place', async () => {
    const echo = app.task('echo', (text: string) => text)
    await app.worker().start()
    for (const lead of ['', 'a', 'ab']) {
      const text = lead + '😀'.repeat(60_000)
      expect((await echo.run(text)) === text).toBe(true)
    }
  })

  test('leave nothing behind once they have run, however often they were run again', async () => {
    const again = app.task({ name: 'again', bind: true, maxRetries: 5 }, (self, text: string): number => {
      if (self.request.retries < 5) self.retry({ countdown: 1 })
      return text.length
    })
    const waits = app.task('waits', (n: number) => n)
    await app.worker().start()
    const line = again.s('x'.repeat(200_000)).pipe(waits.s().set({ countdown: '1h' }))
    const result = await line.delay()
    await expect.poll(() => here.redis.zcard(key('delayed'))).toBe(1)
    await expect.poll(() => here.redis.keys(key('list:*.body:*'))).toEqual([])
    await result.run.cancel()
  })

  test('whose body is gone fail, and hold up nobody', async () => {
    const echo = app.task('echo', (text: string) => text.length)
    const result = await echo.delay('x'.repeat(200_000))
    const other = await echo.delay('short')
    for (const list of await here.redis.keys(key('list:*'))) await here.redis.del(list)
    await app.worker().start()
    expect(await other.get()).toBe(5)
    await expect(result.get()).rejects.toThrow('cannot be read')
  })
})

describe('what is on the stage and lost there', () => {
  const LOST = {
    'all of it': "return redis.call('DEL', KEYS[1])",
    'the end of it, as by a failover':
      "redis.call('LTRIM', KEYS[1], 0, 9) return redis.call('EXISTS', KEYS[1])",
  }

  test.each(Object.entries(LOST))(
    'is put there again: a run is whole or not at all (%s)',
    async (_, script) => {
      const wire = await startProxy(here.server.port)
      const sender = new App({ backend: redisBackend(wire.url, { warn: () => {} }), report: () => {} })
      apps.push(sender)
      await sender.result('nothing').state() // connected
      app.task('add', (a: number, b: number) => a + b)
      await app.worker().start()
      const steps = Array.from({ length: 999 }, () => sender.signature('add', { args: [1] }))
      wire.delay(100) // so long is it there before it is taken up
      const sending = chain(sender.signature('add', { args: [0, 1] }), ...steps).delay()
      const staged = (): Promise<string[]> => here.redis.keys(key('staged:*'))
      await expect.poll(staged, { interval: 5 }).toHaveLength(1)
      expect(await here.redis.eval(script, 1, ...(await staged()))).toBe(1)
      wire.delay(0)
      expect(await app.result((await sending).id).get()).toBe(1_000)
      await wire.close()
    },
    30_000,
  )
})

describe('ids', () => {
  test('may be used again when a run was forgotten: its steps are those that were sent', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    await app.worker().start()
    for (const each of [1, 100]) {
      const line = chain(add.s(0, 0), ...Array.from({ length: 20 }, () => add.s(each))).set({
        taskId: 'nightly',
      })
      const result = await line.delay()
      expect(await result.get()).toBe(20 * each)
      await result.run.finished()
      await result.forget()
    }
  })

  test('with colons do not meet', async () => {
    const size = app.task('size', (text: string) => text.length)
    const add = app.task('add', (a: number, b: number) => a + b)
    const long = await size.s('x'.repeat(100_000)).set({ taskId: 'a' }).delay()
    const line = chain(add.s(0, 0), ...Array.from({ length: 60 }, () => add.s(1))).set({ taskId: 'a:body' })
    const other = await line.delay()
    await app.worker().start()
    expect([await long.get(), await other.get()]).toEqual([100_000, 60])
  })
})

describe('a message that cannot be read', () => {
  test('fails and is set aside, and those beside it run', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    const results = await Promise.all([1, 2, 3].map((n) => add.delay(n, n)))
    const [bad] = results
    const line = await here.redis.lrange(key('line:default:5'), 0, -1)
    await here.redis.lset(key('line:default:5'), 0, line[0]?.replace('{', '{{') ?? '')
    await here.redis.lpush(key('line:default:5'), 'nonsense')
    await app.worker().start()
    await expect(bad?.get()).rejects.toThrow('cannot be read')
    expect(await Promise.all(results.slice(1).map((result) => result.get()))).toEqual([4, 6])
    await expect.poll(() => here.redis.keys(key('held:*'))).toEqual([])
    const letters = await app.backend.deadLetters.list()
    expect(letters.map(({ reason }) => reason)).toEqual(
      Array(2).fill(expect.stringContaining('could not be read')),
    )
  })
})

describe('many processes that died at once', { timeout: 30_000 }, () => {
  test('are all found at the next look', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => add.delay(n, 1)))
    const line = await here.redis.lrange(key('line:default:5'), 0, -1)
    await here.redis.del(key('line:default:5'))
    for (const [n, message] of line.entries()) {
      await here.redis.hset(key(`held:dead-${n % 60}`), `${n}`, message)
      await here.redis.zadd(key('workers'), '1', `dead-${n % 60}`)
    }
    await app.worker().start()
    expect(await Promise.all(results.map((result) => result.get()))).toEqual(results.map((_, n) => n + 1))
    expect(await here.redis.zcard(key('workers'))).toBe(1)
  })
})

describe('what is handed out', () => {
  async function exchange(number: number, want: number): Promise<string[]> {
    const { text } = scriptOf('exchange')
    const args = packArguments(['me', number, 60_000, 60_000, '', 0, 0, 1, want, 1, 'default'])
    const answer = await here.redis.eval(text, 2, key(''), key('.'), ...args)
    const [, , , [received]] = answer as [string, string, [], [string[]]]
    return received.filter((_, nth) => nth % 2 === 0)
  }

  test('and asked for again when others have taken some of it over, goes back as far as it is not told again', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    await Promise.all([1, 2, 3, 4, 5].map((n) => add.delay(n, 1)))
    const first = await exchange(1, 5)
    expect(first).toHaveLength(5)
    await here.redis.hdel(key('held:me'), '1.1.3')
    expect(await exchange(1, 5)).toEqual(first.slice(0, 2))
    expect((await here.redis.hkeys(key('held:me'))).sort()).toEqual(['1.1.1', '1.1.2'])
    expect(await here.redis.lrange(key('line:default:5'), 0, -1)).toEqual(first.slice(3))
  })

  test('is handed out in whatever order it is asked for: who is overtaken gets something all the same', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    await Promise.all([1, 2, 3, 4].map((n) => add.delay(n, 1)))
    const second = await exchange(2, 2)
    const first = await exchange(1, 2)
    expect(new Set([...first, ...second]).size).toBe(4)
    expect(await exchange(1, 2)).toEqual(first)
    await here.redis.hdel(key('held:me'), '2.1.1', '2.1.2') // they are done
    await add.delay(5, 1)
    expect(await exchange(2, 2)).toEqual([]) // from a connection that was thought dead
  })

  test('is told again, however many exchanges came between: nothing is put in its place', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    await Promise.all([1, 2, 3].map((n) => add.delay(n, 1)))
    await exchange(2, 1)
    const third = await exchange(3, 1)
    await exchange(1, 1)
    for (let number = 4; number <= 10; number++) await exchange(number, 1)
    await add.delay(4, 1)
    expect(await exchange(3, 1)).toEqual(third)
  })

  test('is held for a whole term, however long the process was idle', async () => {
    const idle = appOn({ lease: '10s', heartbeat: 'loop' })
    const held = idle.task('held', () => 1)
    await idle.worker().start()
    await held.run()
    const [worker = ''] = await here.redis.zrange(key('workers'), '0', '-1')
    await here.redis.zadd(key('workers'), `${Date.now() + 100}`, worker) // as if nothing had been said for long
    await held.run()
    expect(Number(await here.redis.zscore(key('workers'), worker))).toBeGreaterThan(Date.now() + 5_000)
  })
})

describe('halts of many delayed messages', { timeout: 60_000 }, () => {
  test('are called off in portions, and none is long', async () => {
    const late = app.task('late', (n: number) => n)
    const all = group(Array.from({ length: 3_000 }, (_, n) => late.s(n).set({ countdown: '1h' })))
    await app.worker().start()
    const result = await all.delay()
    await expect.poll(() => here.redis.zcard(key('delayed')), { timeout: 20_000 }).toBe(3_000)
    await here.redis.config('RESETSTAT')
    await result.run.cancel()
    await result.run.finished({ timeout: '30s' })
    const stats = await here.redis.info('commandstats')
    const scans = /cmdstat_sscan:calls=(\d+)/.exec(stats)?.[1]
    expect(Number(scans)).toBeGreaterThan(5)
    expect(await here.redis.zcard(key('delayed'))).toBe(0)
    expect(await here.redis.exists(key('calling'))).toBe(0)
  })
})

describe('wake-ups', () => {
  test('reach a worker that has slept on, whatever woke others of its process', async () => {
    const quick = appOn()
    const a = quick.task({ name: 'a', queue: 'a' }, () => 'a')
    const b = quick.task({ name: 'b', queue: 'b' }, () => 'b')
    await quick.worker({ queues: ['a'] }).start()
    await quick.worker({ queues: ['a', 'b'] }).start()
    for (let round = 0; round < 3; round++) {
      await expect.poll(() => here.redis.smembers(key('sleepers:a'))).toHaveLength(1)
      await b.run()
      await expect.poll(() => here.redis.smembers(key('sleepers:a'))).toHaveLength(1)
      expect(await a.run()).toBe('a')
    }
  })
})

test('a backend that is closed takes nothing any more, and leaves only its number of partitions behind', async () => {
  const backend = redisBackend(here.server.url, { prefix: 'closed', warn: () => {} })
  const waiting = Promise.resolve(backend.deliveries.receive(['q'], 1, new AbortController().signal))
  await expect.poll(() => here.redis.keys('{closed:0}:*')).toContain('{closed:0}:sleepers:q')
  await backend.close()
  expect(await waiting).toEqual([])
  expect(await here.redis.keys('{closed:0}:*')).toEqual(['{closed:0}:partitions']) // how runs are spread is known for good
})

test('a time that Redis cannot count is refused', () => {
  expect(() => redisBackend(here.server.url, { resultTtl: 1e20 })).toThrow('shorter than a century')
})
