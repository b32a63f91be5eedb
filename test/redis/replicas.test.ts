import { App } from '@arpeggio/canvas'
import { type RedisBackendOptions, redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PrivateServer, startServer } from '../support/redis-server.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

let master: PrivateServer
let replica: PrivateServer
/** From the replica to its master. */
let wire: TcpProxy
let following: Redis

beforeEach(async () => {
  master = await startServer('--repl-diskless-sync-delay', '0', '--repl-timeout', '3')
  wire = await startProxy(master.port)
  replica = await startServer('--replicaof', `127.0.0.1 ${wire.port}`, '--repl-timeout', '3')
  following = new Redis(replica.url)
  await follows()
}, 60_000)
afterEach(async () => {
  following.disconnect()
  await wire.close()
  await replica.stop()
  await master.stop()
})

/** Until the replica hears its master, and he knows it. */
async function follows(): Promise<void> {
  const asked = new Redis(master.url)
  const isOnline = async (): Promise<boolean> => /state=online/.test(await asked.info('replication'))
  const isUp = async (): Promise<boolean> => /link_status:up/.test(await following.info('replication'))
  await expect.poll(async () => (await isOnline()) && (await isUp()), { timeout: 20_000 }).toBe(true)
  asked.disconnect()
}

function appWith(options: RedisBackendOptions): App {
  return new App({ logLevel: 'silent', report: () => {}, backend: redisBackend(master.url, options) })
}

const has = (id: string): Promise<number> => following.exists(`{arpeggio:0}:run:${id}`)

describe('with replicas: 1', () => {
  test('what was sent is on a replica: a master that dies at once takes nothing with it', async () => {
    await using app = appWith({ replicas: 1 })
    const add = app.task('add', (a: number, b: number) => a + b)
    wire.delay(100) // without waiting for it the replica would be behind
    const ids = (await Promise.all([0, 1, 2].map((n) => add.s(n, n).delay()))).map(({ id }) => id)
    ids.push((await add.s(3, 3).delay()).id)
    await master.kill()
    await following.replicaof('NO', 'ONE')
    await using later = new App({ logLevel: 'silent', backend: redisBackend(replica.url) })
    later.task('add', (a: number, b: number) => a + b)
    await later.worker().start()
    expect(await Promise.all(ids.map((id) => later.result(id).get()))).toEqual(ids.map((_, n) => 2 * n))
  }, 60_000)

  test('what no replica has is an error that says so; sent again when there is one, it has begun once', async () => {
    await using app = appWith({ replicas: 1, sendWithin: '400ms' })
    const ran: number[] = []
    const add = app.task('add', (a: number, b: number) => ran.push(a + b))
    await add.s(1, 1).delay()
    wire.silence()
    const again = add.s(2, 3).set({ taskId: 'again' })
    await expect(again.delay()).rejects.toMatchObject({
      code: 'backend-unreachable',
      message: expect.stringMatching(/0 of 1 replicas have it, after 400 ms\. .* same taskId/),
    })
    expect(await has('again')).toBe(0)
    wire.cut()
    wire.heal()
    await follows()
    await app.worker().start()
    await app.result('again').get()
    await (await again.delay()).get()
    expect(ran).toEqual([2, 5])
  }, 60_000)

  test('a replica that lags is waited for, within the time there is to send', async () => {
    await using app = appWith({ replicas: 1, sendWithin: '4s' })
    wire.delay(600)
    const { id } = await app.signature('add').delay()
    expect(await has(id)).toBe(1)
  }, 60_000)

  test('who sends what somebody else has sent already waits for the replica as well', async () => {
    await using careless = appWith({})
    await using careful = appWith({ replicas: 1, sendWithin: '400ms' })
    await careful.signature('add', { options: { taskId: 'first' } }).delay()
    wire.silence()
    await careless.signature('add', { options: { taskId: 'shared' } }).delay()
    const shared = careful.signature('add', { options: { taskId: 'shared' } })
    await expect(shared.delay()).rejects.toMatchObject({ code: 'backend-unreachable' })
  }, 60_000)

  // Redis promises to wait for what was written on a connection; what is only looked at need not be there.
  test('what is there already is written once more', async () => {
    await using app = appWith({ replicas: 1 })
    const twice = app.signature('add', { options: { taskId: 'twice' } })
    await twice.delay()
    const asked = new Redis(master.url)
    await asked.config('RESETSTAT')
    await twice.delay()
    expect(await asked.info('commandstats')).toMatch(/^cmdstat_hset:calls=1,/m)
    asked.disconnect()
  }, 60_000)

  test('work goes on while somebody who sends waits', async () => {
    await using app = appWith({ replicas: 1, sendWithin: '30s' })
    await using other = appWith({})
    const add = app.task('add', (a: number, b: number) => a + b)
    await app.worker().start()
    await add.s(1, 1).run()
    wire.silence()
    const waiting = add.s(2, 2).delay()
    const done = other.signature('add', { args: [3, 4] }).delay()
    expect(await (await done).get()).toBe(7)
    wire.cut()
    wire.heal()
    expect(await (await waiting).get()).toBe(4)
  }, 60_000)
})

test('a server without replicas is told of at once, and nobody who only looks waits for them', async () => {
  const warned: string[] = []
  await using app = new App({
    logLevel: 'silent',
    backend: redisBackend(replica.url, {}),
  })
  await following.replicaof('NO', 'ONE')
  await using alone = new App({
    logLevel: 'silent',
    backend: redisBackend(replica.url, { replicas: 2, sendWithin: 200, warn: (what) => warned.push(what) }),
  })
  expect(await alone.result('nobody').state()).toBe('UNKNOWN')
  expect(warned.join()).toMatch(
    /Redis has 0 replicas, and what is sent has to be on 2 \(the option replicas\)/,
  )
  await expect(alone.signature('add').delay()).rejects.toThrow('0 of 2 replicas have it')
  await app.signature('add').delay()
}, 60_000)

test.each([-1, 1.5, '1'])('replicas: %j is refused', (replicas) => {
  expect(() => redisBackend('redis://127.0.0.1', { replicas } as never)).toThrow('replicas')
})

test('whose user may not WAIT is refused at once', async () => {
  const asked = new Redis(master.url)
  await asked.call('ACL', ['SETUSER', 'deaf', 'on', '>secret', '~*', '&*', '+@all', '-wait'])
  asked.disconnect()
  const where = { host: '127.0.0.1', port: master.port, username: 'deaf', password: 'secret' }
  await using app = new App({ logLevel: 'silent', backend: redisBackend(where, { replicas: 1 }) })
  await expect(app.signature('add').delay()).rejects.toMatchObject({
    code: 'backend-refused',
    message: expect.stringContaining('wait'),
  })
})

test('a master that has become a replica meanwhile is asked again until there is another', async () => {
  await using app = appWith({ replicas: 1, sendWithin: '1s' })
  await app.signature('add').delay()
  const asked = new Redis(master.url)
  await asked.replicaof('127.0.0.1', String(replica.port))
  await expect(app.signature('add').delay()).rejects.toMatchObject({ code: 'backend-unreachable' })
  await asked.replicaof('NO', 'ONE')
  asked.disconnect()
})
