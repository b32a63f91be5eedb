import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { App } from '@arpeggio/canvas'
import { type RedisBackendOptions, redisBackend, type Where } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { CERTIFICATE, KEY } from '../support/certificate.ts'
import { freePort, type PrivateServer, startServer } from '../support/redis-server.ts'
import { serveTcp, type TcpServer } from '../support/tcp-server.ts'

let server: PrivateServer
let redis: Redis
const open: { close(): unknown }[] = []

beforeAll(async () => {
  server = await startServer('--requirepass', 'secret')
  redis = new Redis(server.url, { password: 'secret' })
}, 300_000)
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

function appOn(where: Where, options: RedisBackendOptions = {}): App {
  const app = new App({
    logLevel: 'silent',
    backend: redisBackend(where, { warn: () => {}, lease: '3s', ...options }),
  })
  open.push(app)
  app.task('add', (a: number, b: number) => a + b)
  return app
}

/** What the first calls say, whichever they are. */
async function firstSaid(where: Where, options: RedisBackendOptions = {}): Promise<string> {
  const says = async (call: (app: App) => Promise<unknown>): Promise<{ code?: string; message: string }> => {
    const app = appOn(where, options)
    return call(app).then(
      () => expect.fail('it was not refused'),
      (error) => error,
    )
  }
  const sent = await says((app) => app.signature('add', { args: [1, 2] }).delay())
  const started = await says((app) => app.worker().start())
  const told = (error: { message: string }) => {
    return { ...error, message: error.message.replace(/(read|write) ECONNRESET/, 'ECONNRESET') } // whichever comes first
  }
  expect(told(started)).toEqual(told(sent))
  return `${sent.code}: ${sent.message}`
}

async function fake(answer: (request: string) => string | null): Promise<TcpServer> {
  const one = await serveTcp((socket) => {
    socket.on('data', (data) => {
      const reply = answer(data.toString())
      if (reply !== null) socket.write(reply)
    })
  })
  open.push(one)
  return one
}

describe('what is wrong at first is an error at once:', () => {
  test('a wrong password, or none', async () => {
    expect(await firstSaid({ port: server.port, password: 'guess' })).toMatch(/^backend-refused: .*WRONGPASS/)
    expect(await firstSaid(server.url)).toMatch(/^backend-refused: .*NOAUTH/)
  })

  test('a wrong password is in no error, however deep one looks', async () => {
    const app = appOn({ port: server.port, password: 'guess-me-not' })
    const error = await app.inspect.queues().catch((error: unknown) => error)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('guess-me-not')
  })

  test.each([
    ['a closed port', async () => `redis://127.0.0.1:${await freePort()}`],
    ['a wrong password', async () => ({ port: server.port, password: 'guess' })],
  ])('however often one asks: %s', async (_, where) => {
    const app = appOn(await where(), { unreachableAfter: '60s' })
    const add = app.signature('add', { args: [1, 2] })
    for (let n = 0; n < 5; n++) await expect(add.delay()).rejects.toMatchObject({ code: 'backend-refused' })
  })

  test('a closed port', async () => {
    const port = await freePort()
    expect(await firstSaid(`redis://127.0.0.1:${port}`)).toMatch(/^backend-refused: .*ECONNREFUSED/)
  })

  test('a host that is not there', async () => {
    expect(await firstSaid('redis://nowhere.invalid')).toMatch(
      /^backend-refused: .*(ENOTFOUND|EAI_AGAIN).* nowhere\.invalid/,
    )
  })

  test('a server that is too old', async () => {
    const info = 'redis_version:6.2.14\r\nloading:0\r\nrole:master\r\n'
    const old = await fake((request) =>
      [...request.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)]
        .map(([, name]) => (name?.toLowerCase() === 'info' ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n'))
        .join(''),
    )
    expect(await firstSaid(`redis://127.0.0.1:${old.port}`)).toMatch(
      /^backend-refused: This server is Redis 6\.2\.14\. Arpeggio needs Redis 7\.0 or newer, or Valkey\.$/,
    )
  })

  test('a server that speaks another language', async () => {
    const web = await fake(() => 'HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await firstSaid(`redis://127.0.0.1:${web.port}`)).toMatch(/^backend-refused: /)
  })

  test('a server that says nothing', async () => {
    const mute = await fake(() => null)
    expect(await firstSaid(`redis://127.0.0.1:${mute.port}`)).toMatch(/^backend-refused: .*timeout/i)
  })

  test.each([
    ['a command', ['~{arpeggio:*', '&{arpeggio:*', '+@all', '-zadd'], /do what Arpeggio must: zadd/],
    ['scripts', ['~{arpeggio:*', '&{arpeggio:*', '+@all', '-evalsha'], /NOPERM.*evalsha/],
    ['the keys', ['~other:*', '&{arpeggio:*', '+@all'], /do what Arpeggio must/],
    ['the channels', ['~{arpeggio:*', '&other:*', '+@all'], /do what Arpeggio must: spublish/],
  ])('a user who may not use %s', async (_, rules, said) => {
    await redis.call('ACL', ['SETUSER', 'poor', 'reset', 'on', '>poor', ...rules])
    const where = { port: server.port, username: 'poor', password: 'poor' }
    const message = await firstSaid(where)
    expect(message).toMatch(/^backend-refused: /)
    expect(message).toMatch(said)
    expect(await redis.keys('*')).toEqual([])
  })

  test('a replica', async () => {
    const replica = await startServer('--replicaof', `127.0.0.1 ${server.port}`, '--masterauth', 'secret')
    try {
      expect(await firstSaid(replica.url)).toMatch(/^backend-refused: This server is a replica/)
    } finally {
      await replica.stop()
    }
  })
})

test('who spreads runs over other partitions than everybody else is refused, and told what to do', async () => {
  const several = await startServer()
  const first = appOn(several.url, { partitions: 4 })
  try {
    await first.inspect.queues()
    expect(await firstSaid(several.url)).toBe(
      'backend-refused: Runs are spread over 4 partitions here, not over 1: neither side would find those of the other. Give { partitions: 4 }, another prefix, or, when nothing of it is left, delete the key {arpeggio:0}:partitions.',
    )
    await expect(appOn(several.url, { prefix: 'other' }).inspect.queues()).resolves.toEqual([])
    await expect(appOn(several.url, { partitions: 4 }).inspect.queues()).resolves.toEqual([])
  } finally {
    await several.stop()
  }
})

test('an app that could not connect tries again when it is asked again', async () => {
  const late = await startServer()
  try {
    await late.kill()
    const app = appOn(late.url)
    const add = app.signature('add', { args: [1, 2] })
    await expect(add.delay()).rejects.toMatchObject({ code: 'backend-refused' })
    await late.restart()
    await app.worker().start()
    expect(await add.run()).toBe(3)
  } finally {
    await late.stop()
  }
})

test('a process that could not connect ends by itself', async () => {
  const port = await freePort()
  const program = `
    import { App } from '@arpeggio/canvas'
    import { redisBackend } from '@arpeggio/redis-backend'
    const app = new App({ logLevel: 'silent', backend: redisBackend('redis://127.0.0.1:${port}') })
    const add = app.task('add', (a, b) => a + b)
    await add.delay(1, 2).catch((error) => console.log(error.code))`
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['--conditions=@arpeggio/source', '--import=tsx', '--input-type=module', '--eval', program]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 })
  expect([stdout, stderr]).toEqual(['backend-refused\n', ''])
})

test('a server that still loads what it kept is waited for', async () => {
  const slow = await startServer('--appendonly', 'yes', '--key-load-delay', '100')
  try {
    const client = new Redis(slow.url, { enableReadyCheck: false })
    open.push({ close: () => client.disconnect() })
    client.on('error', () => {}) // it is about to die
    await client.pipeline(Array.from({ length: 10_000 }, (_, i) => ['set', `key:${i}`, 'value'])).exec()
    await slow.kill()
    await slow.restart()
    const app = appOn(slow.url)
    const started = app.worker().start()
    expect(await client.info('persistence')).toMatch(/^loading:1/m)
    await started
    expect(await app.signature('add', { args: [1, 2] }).run()).toBe(3)
  } finally {
    await slow.stop()
  }
})

test.each([
  ['late', -600_000],
  ['early', 600_000],
])('who sends counts by the clock of the server, also when his own is %s', async (_, offMs) => {
  const { now } = Date
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + offMs)
  try {
    const sender = appOn(server.url.replace('//', '//:secret@'))
    const expiring = sender.signature<number>('add', { args: [1, 2] })
    const inTime = await expiring.set({ expires: '1m' }).delay()
    const until = (
      await sender
        .signature('add', { args: [1, 2] })
        .set({ deadline: '1m' })
        .delay()
    ).run
    await expect.poll(() => until.progress()).toMatchObject({ over: false })
    const due = Number(await redis.zscore('{arpeggio:0}:deadlines', until.id))
    expect(Math.abs(due - 60_000 - now())).toBeLessThan(30_000)
    await sender.worker().start()
    expect(await inTime.get({ timeout: '20s' })).toBe(3)
  } finally {
    clock.mockRestore()
  }
})

describe('a user, a password and a database', () => {
  test('may be told in the URL or as options', async () => {
    await redis.call('ACL', ['SETUSER', 'rich', 'reset', 'on', '>rich', 'allkeys', 'allchannels', '+@all'])
    const ways: Where[] = [
      `redis://:secret@127.0.0.1:${server.port}/1`,
      `redis://rich:rich@127.0.0.1:${server.port}/2`,
      { port: server.port, username: 'rich', password: 'rich', db: 3 },
    ]
    for (const where of ways) {
      const app = appOn(where)
      await app.worker().start()
      expect(await app.signature('add', { args: [1, 2] }).run()).toBe(3)
    }
    expect(await redis.info('keyspace')).toMatch(/db1.*\s*db2.*\s*db3/)
  })

  test('a client that is there already is used, and left open', async () => {
    const client = new Redis(server.url, { password: 'secret' })
    const app = appOn(client)
    await app.worker().start()
    expect(await app.signature('add', { args: [1, 2] }).run()).toBe(3)
    await app.close()
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })
})

test('TLS is spoken where the URL or the options say so, and only with whom is trusted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-tls-'))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, CERTIFICATE)
  writeFileSync(key, KEY)
  const port = await freePort()
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
  const secure = await startServer('--tls-port', String(port), '--tls-auth-clients', 'no', ...files)
  try {
    const app = appOn({ host: '127.0.0.1', port, tls: { ca: CERTIFICATE } })
    await app.worker().start()
    expect(await app.signature('add', { args: [1, 2] }).run()).toBe(3)
    expect(await firstSaid(`rediss://127.0.0.1:${port}`)).toMatch(
      /^backend-refused: .*self.signed certificate.* and that it runs\.$/,
    )
    expect(await firstSaid(`redis://127.0.0.1:${port}`)).toMatch(
      /^backend-refused: .* If that port speaks TLS, ask for it: rediss:\/\/, or the option tls\.$/,
    )
    const inVain = { host: '127.0.0.1', port: secure.port, tls: {} }
    const hint =
      'TLS was asked for: if that port speaks none, leave it out, with redis:// or without the option tls.'
    const late = await firstSaid({ ...inVain, connectTimeout: 300 })
    expect(late).toMatch(/^backend-refused: .*TIMEDOUT/)
    const later = await firstSaid(inVain, { unreachableAfter: 300 })
    expect(later).toMatch(/^backend-unreachable: /)
    for (const said of [late, later]) expect(said).toContain(hint)
  } finally {
    await secure.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what is wrong with the server, but not so wrong, is told to the logger of the app, once in a process', async () => {
  const warned = await startServer('--maxmemory', '1gb', '--maxmemory-policy', 'allkeys-lru')
  const lines: string[] = []
  const nothing = (): void => {}
  const write = (line: string): void => void lines.push(line)
  const logger = { debug: nothing, info: nothing, warn: write, error: nothing }
  try {
    for (let nth = 0; nth < 2; nth++) {
      await using app = new App({ logger, backend: redisBackend(warned.url) })
      const add = app.task('add', (a: number, b: number) => a + b)
      await Promise.all([add.delay(1, 2), add.delay(1, 2), app.worker().start()])
      expect(await add.run(1, 2)).toBe(3)
    }
    expect(lines).toEqual([
      expect.stringMatching(
        /^Redis may throw keys away \(maxmemory-policy allkeys-lru\).* Set it to noeviction\.$/,
      ),
      expect.stringMatching(/^Redis keeps no append-only file.* Set appendonly yes where that matters\.$/),
    ])
  } finally {
    await warned.stop()
  }
})
