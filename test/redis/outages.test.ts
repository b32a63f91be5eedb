import { setTimeout as sleep } from 'node:timers/promises'
import { App, type AsyncResult, chord, group } from '@arpeggio/canvas'
import { ArpeggioError, type Backend, runIdFor } from '@arpeggio/core'
import { type RedisBackendOptions, redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PrivateServer, startServer } from '../support/redis-server.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

let server: PrivateServer
let proxy: TcpProxy
let redis: Redis
const apps: App[] = []

beforeAll(async () => {
  server = await startServer('--appendonly', 'yes', '--appendfsync', 'always')
  redis = new Redis(server.url)
  redis.on('error', () => {}) // it is killed now and then
}, 300_000)
beforeEach(async () => {
  proxy = await startProxy(server.port)
})
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
  await proxy.close()
  await redis.flushall()
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

/** A lease of three seconds: a connection on which nothing is heard for one is made anew. */
function backendOn(url: string, options: RedisBackendOptions = {}): Backend {
  return redisBackend(url, { warn: () => {}, lease: '3s', ...options })
}

function appOn(url: string, options: RedisBackendOptions = {}): App {
  return appWith(backendOn(url, options))
}

function appWith(backend: Backend): App {
  const app = new App({ backend, logLevel: 'silent', report: () => {} })
  apps.push(app)
  return app
}

/** Chords, and what was run of them. */
function chordsOf(app: App) {
  const ran: string[] = []
  const square = app.task('square', async (n: number) => {
    await sleep(1)
    ran.push(`square ${n}`)
    return n * n
  })
  const total = app.task('total', (squares: number[], name: string) => {
    ran.push(`total ${name}`)
    return squares.reduce((sum, n) => sum + n, 0)
  })
  return {
    ran,
    async send(count: number): Promise<AsyncResult<number>[]> {
      const sent: Promise<AsyncResult<number>>[] = []
      for (let n = 0; n < count; n++) {
        const header = [0, 1, 2, 3].map((i) => square.s(4 * n + i))
        sent.push(chord(header, total.s(`${n}`)).delay())
      }
      return Promise.all(sent)
    },
  }
}

/** Waits until it is opened. */
function gateOf(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

function totals(count: number): number[] {
  return Array.from({ length: count }, (_, n) => [0, 1, 2, 3].reduce((sum, i) => sum + (4 * n + i) ** 2, 0))
}

/** Something goes wrong in the middle of work, and nothing is lost by it, or run twice. */
async function survives(app: App, count: number, wrong: () => unknown): Promise<void> {
  const { ran, send } = chordsOf(app)
  const results = await send(count)
  const values = Promise.all(results.map((result) => result.get()))
  const started = app.worker({ concurrency: 4 }).start()
  await expect.poll(() => ran.length, { interval: 1 }).toBeGreaterThan(count)
  await wrong()
  await started
  expect(await values).toEqual(totals(count))
  const bodies = ran.filter((name) => name.startsWith('total'))
  expect(new Set(bodies).size).toBe(bodies.length)
  for (const { run } of results)
    expect(await run.progress()).toEqual({ total: 5, done: 5, failed: 0, over: true })
}

describe('work goes on, nothing is lost and no body runs twice', () => {
  test('when the server is killed and started again', () =>
    survives(appOn(server.url), 40, async () => {
      await server.kill()
      await server.restart()
    }))

  test('when the server forgets all scripts, again and again', () =>
    survives(appOn(server.url), 40, async () => {
      for (let i = 0; i < 20; i++) await redis.script('FLUSH')
    }))

  test('when all connections are cut, again and again', () =>
    survives(appOn(proxy.url), 40, async () => {
      for (let i = 0; i < 3; i++) {
        proxy.cut()
        proxy.heal()
        await sleep(50)
      }
    }))

  test('when the connections of a client that was there already are cut', async () => {
    const client = new Redis(proxy.url)
    client.on('error', () => {}) // its wire is cut
    const backend = redisBackend(client, { warn: () => {}, lease: '3s' })
    await survives(appWith(backend), 40, () => {
      proxy.cut()
      proxy.heal()
    })
    client.disconnect()
  })

  test('when all connections fall silent', () =>
    survives(appOn(proxy.url), 40, () => {
      proxy.silence()
      proxy.heal()
    }))

  test('when the server stands still for a while', () =>
    survives(appOn(server.url, { lease: '5s' }), 40, async () => {
      server.pause()
      await sleep(2_000)
      server.resume()
    }))

  test('when somebody else’s script keeps the server busy', () =>
    survives(appOn(server.url), 40, async () => {
      await redis.config('SET', 'busy-reply-threshold', '20')
      await redis.eval(
        `
        local function now() local time = redis.call('TIME') return time[1] * 1000 + time[2] / 1000 end
        local begun = now()
        repeat until now() - begun > 400`,
        0,
      )
      expect(await redis.info('errorstats')).toMatch(/errorstat_BUSY/)
    }))

  test('when the server lets nobody write for a while', () =>
    survives(appOn(server.url), 40, () => redis.call('CLIENT', ['PAUSE', '300', 'WRITE'])))
})

describe('a reply that is lost on its way', () => {
  test('of sending: it was sent once, and who sent it is told so', async () => {
    const backend = backendOn(proxy.url)
    const answers: string[] = []
    const app = appWith({
      ...backend,
      deliveries: {
        ...backend.deliveries,
        async submit(launch, wishes) {
          const answer = await backend.deliveries.submit(launch, wishes)
          answers.push(answer)
          return answer
        },
      },
    })
    const ran: number[] = []
    const add = app.task('add', (a: number, b: number) => ran.push(a + b))
    await app.worker().start()
    const lost = proxy.loseReplyTo('a-run-of-mine')
    const result = await add.s(1, 2).applyAsync([], { taskId: 'a-run-of-mine' })
    await lost
    expect(await result.get()).toBe(1)
    expect([answers, ran]).toEqual([['started'], [3]])
  })

  test('of finishing: what was finished is not run again', async () => {
    const app = appOn(proxy.url)
    const ran: string[] = []
    const say = app.task('say', (word: string) => {
      ran.push(word)
      return `${word} was said`
    })
    const lost = proxy.loseReplyTo('hello was said')
    await app.worker().start()
    expect(await say.s('hello').pipe(say.s()).run()).toBe('hello was said was said')
    await lost
    expect(ran).toEqual(['hello', 'hello was said'])
  })

  test('of a long list: it is as long as before', async () => {
    const app = appOn(proxy.url)
    const same = app.task('same', (n: number, _: string) => n)
    const length = app.task('length', (list: number[]) => list.length)
    const members = Array.from({ length: 1_500 }, (_, n) => same.s(n, 'x'.repeat(300)))
    const lost = proxy.loseReplyTo('xxx')
    const result = await chord(members, length.s()).delay()
    await lost
    await app.worker({ concurrency: 100 }).start()
    expect(await result.get()).toBe(1_500)
  })

  test('of taking a dead letter out: it is told all the same', async () => {
    const backend = backendOn(proxy.url)
    appWith(backend)
    const course = { run: 'a', root: 'a', parent: null, group: null, seat: null, aside: false }
    const call = { kind: 'call', id: 'a.1', at: '1', task: 'x', args: [], kwargs: {}, options: {}, ...course }
    const plans = { link: [], errback: [], rest: [] }
    const message = { ...call, ...plans, retries: 0, countdown: 0, eta: null }
    const letter = { message, reason: 'it was in the way' }
    await redis.hset('{arpeggio:0}:dead', 'a.1', `1000\n${JSON.stringify(letter)}`)
    expect(await backend.deadLetters.list()).toHaveLength(1)
    const lost = proxy.loseReplyTo('a.1')
    expect(await backend.deadLetters.remove('a.1')).toMatchObject({ id: 'a.1', reason: 'it was in the way' })
    await lost
    expect(await backend.deadLetters.remove('a.1')).toBeNull()
  })
})

test('a request that arrives long after it was repeated takes no work away', async () => {
  const app = appOn(proxy.url)
  const gate = gateOf()
  const wait = app.task('wait', () => gate.opened)
  const add = app.task('add', (a: number, b: number) => a + b)
  await app.worker({ concurrency: 1 }).start()
  await add.s(0, 0).run()
  const held = proxy.hold()
  await expect.poll(() => held.text, { timeout: 5_000 }).toMatch(/default/) // it asks for work in this queue
  const waiting = await wait.delay() // on a connection that is made for it
  await expect.poll(() => redis.keys('*:held:*'), { timeout: 5_000 }).toHaveLength(1)
  const next = await add.delay(1, 2)
  held.letGo()
  await sleep(100)
  gate.open()
  await waiting.get()
  expect(await next.get({ timeout: '5s' })).toBe(3)
})

describe('who waits for a result', () => {
  test('gets it when it came while he was cut off', async () => {
    const [waiting, working] = [appOn(proxy.url), appOn(server.url)]
    const gate = gateOf()
    working.task('wait', async () => {
      await gate.opened
      return 'at last'
    })
    await working.worker().start()
    const result = await waiting.signature('wait').delay()
    const started = result.get({ timeout: '60s' })
    await expect.poll(() => redis.hget(`{arpeggio:0}:run:${result.id}`, 'ears')).toMatch(/^e/)
    proxy.cut()
    gate.open()
    await expect.poll(() => working.result(result.id).state()).toBe('SUCCESS')
    proxy.heal()
    expect(await started).toBe('at last')
  })

  test('is told when the server has forgotten that he waits', async () => {
    const [waiting, working] = [appOn(proxy.url), appOn(server.url)]
    working.task('add', (a: number, b: number) => a + b)
    const result = await waiting.signature('add', { args: [1, 2] }).delay()
    const value = result.get({ timeout: '60s' })
    const run = `{arpeggio:0}:run:${result.id}`
    await expect.poll(() => redis.hget(run, 'ears')).toMatch(/^e\S+ $/)
    await redis.hdel(run, 'ears') // as a replica may that was promoted too early
    proxy.cut()
    proxy.heal()
    await expect.poll(() => redis.hget(run, 'ears')).toMatch(/^e\S+ $/)
    await working.worker().start()
    expect(await value).toBe(3)
  })
})

describe('when the server is gone for good', () => {
  test('whoever sends or asks is told so after a while, and everything can be closed', async () => {
    const warnings: string[] = []
    const app = appOn(proxy.url, { unreachableAfter: 300, warn: (problem) => void warnings.push(problem) })
    const add = app.task('add', (a: number, b: number) => a + b)
    await app.worker().start()
    const result = await add.delay(1, 2)
    await result.get()
    proxy.cut()
    const gone = expect.objectContaining({
      constructor: ArpeggioError,
      code: 'backend-unreachable',
      message: expect.stringMatching(/^Redis has not answered for 300 ms \(.+\)\. Look at the server/),
    })
    await expect(add.delay(1, 2)).rejects.toEqual(gone)
    await expect(group(Array.from({ length: 2_000 }, () => add.s(1, 2))).delay()).rejects.toEqual(gone)
    await expect(result.state()).rejects.toEqual(gone)
    await expect(result.run.cancel()).rejects.toEqual(gone)
    await expect.poll(() => warnings).toContainEqual(expect.stringMatching(/^Redis has been away for 0\.3 s/))
    await app.close()
  })

  test('whoever sends may be told sooner than whoever asks; nothing is half sent, and sent again it begins once', async () => {
    const app = appOn(proxy.url, { unreachableAfter: '60s', sendWithin: 300 })
    const ran: number[] = []
    const count = app.task('count', (n: number) => ran.push(n))
    const many = group(Array.from({ length: 600 }, (_, n) => count.s(n))).set({ idempotencyKey: 'all' })
    const one = count.s(-1).set({ idempotencyKey: 'one' })
    await count.s(-2).delay()
    const before = await redis.keys('*:run:*')
    proxy.cut()
    const gone = {
      code: 'backend-unreachable',
      message: expect.stringMatching(/^Redis has not answered for 300 ms.*same taskId or idempotencyKey/),
    }
    await expect(many.delay()).rejects.toMatchObject(gone)
    await expect(one.delay()).rejects.toMatchObject(gone)
    expect(await redis.keys('*:run:*')).toEqual(before)
    proxy.heal()
    await app.result('nobody').state() // it asks until the server is back
    const lost = proxy.loseReplyTo(runIdFor('count', 'one')).then(() => proxy.cut())
    await expect(one.delay()).rejects.toMatchObject(gone) // it has begun, which nobody heard
    await lost
    expect(await redis.keys('*:run:*')).toHaveLength(before.length + 1)
    proxy.heal()
    await app.result('nobody').state()
    await app.worker({ concurrency: 100 }).start()
    await (await one.delay()).get()
    await (await many.delay()).get()
    expect(ran.filter((n) => n === -1)).toHaveLength(1)
    expect(ran).toHaveLength(602)
  }, 20_000)

  test('so is whoever asks a server that took the question and says nothing', async () => {
    const app = appOn(proxy.url, { unreachableAfter: 300 })
    const add = app.task('add', (a: number, b: number) => a + b)
    await add.delay(1, 2)
    proxy.silence()
    await expect(add.delay(1, 2)).rejects.toMatchObject({ code: 'backend-unreachable' })
  })

  test('a task that tells how far it is goes on, and who looks when the server is back sees the last of it', async () => {
    const app = appOn(proxy.url, { unreachableAfter: 50, warn: () => {} })
    const [away, end] = [gateOf(), gateOf()]
    let told = 0
    const tell = app.task({ name: 'tell', bind: true, trackStarted: true }, async (self) => {
      await away.opened
      for (told = 1; told <= 100; told++) await self.progress(told, 100)
      await end.opened
      return 'told'
    })
    const result = await tell.delay()
    await app.worker().start()
    await expect.poll(() => result.state()).toBe('STARTED')
    proxy.cut()
    away.open()
    await expect.poll(() => told, { timeout: 10_000 }).toBe(101)
    proxy.heal()
    const seen = () => result.info().catch(() => null)
    await expect.poll(seen, { timeout: 10_000 }).toEqual({ done: 100, total: 100, note: null })
    end.open()
    expect(await result.get()).toBe('told')
  })

  test('what has finished waits longer, and is told when the server is back after all', async () => {
    const said: string[] = []
    const app = appOn(proxy.url, { unreachableAfter: 50, warn: (problem) => void said.push(problem) })
    let runs = 0
    const gate = gateOf()
    const wait = app.task({ name: 'wait', bind: true }, async (self) => {
      runs++
      await gate.opened
      await self.updateState('ALMOST', null)
      return 'at last'
    })
    const result = await wait.delay()
    await app.worker().start()
    await expect.poll(() => runs).toBe(1)
    proxy.cut()
    gate.open()
    await sleep(300) // several times as long as others would wait
    proxy.heal()
    await expect.poll(() => result.state().catch(() => null)).toBe('SUCCESS')
    expect([await result.get(), runs]).toEqual(['at last', 1])
    const away = expect.stringMatching(
      /^Redis has been away for 0\.05 s \(.+\)\. Finished work waits for it$/,
    )
    await expect
      .poll(() => said.slice(-2))
      .toEqual([away, expect.stringMatching(/^Redis is back, after [\d.]+ s$/)])
  })
})
