import { App, chord } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWatched, type Watched } from '../support/redis-sentinel.ts'

let watched: Watched

beforeAll(async () => {
  watched = await startWatched(500)
}, 300_000)
afterAll(() => watched?.stop())

/*
 * Replication is asynchronous: what the master has acknowledged and not passed on is lost when it dies. So the test waits
 * until the replica has everything, and only then kills the master; what comes later must survive.
 */
test('when the master dies, work under way goes on with its replica, and who waits gets his results', async () => {
  const { sentinels, name, master, replica } = watched
  await using app = new App({
    backend: redisBackend({ sentinels: [...sentinels], name }, { lease: '10s', warn: () => {} }),
    report: () => {},
  })
  const ran: string[] = []
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const square = app.task('square', async (n: number) => {
    ran.push('square')
    await gate
    return n * n
  })
  const total = app.task('total', (squares: number[]) => {
    ran.push('total')
    return squares.reduce((sum, n) => sum + n, 0)
  })
  await app.worker({ concurrency: 4 }).start()
  const results = await Promise.all(
    Array.from({ length: 10 }, () => chord([square.s(1), square.s(2), square.s(3)], total.s()).delay()),
  )
  const values = Promise.all(results.map((result) => result.get()))
  await expect.poll(() => ran.length).toBe(4)
  const admin = new Redis(master.url)
  admin.on('error', () => {}) // it is about to die
  const ears = (): Promise<(string | null)[]> =>
    Promise.all(results.map(({ id }) => admin.hget(`{arpeggio:0}:run:${id}`, 'ears')))
  await expect.poll(async () => (await ears()).every((ear) => ear?.startsWith('e'))).toBe(true) // all of them wait
  expect(await admin.wait(1, 10_000)).toBe(1)
  admin.disconnect()

  await master.kill()
  open() // what ends now can be told to nobody for a while
  expect(await values).toEqual(results.map(() => 14))
  expect(ran.filter((name) => name === 'total')).toHaveLength(10)
  expect(ran).toHaveLength(40)

  const promoted = new Redis(replica.url)
  expect(await promoted.info('replication')).toMatch(/^role:master/m)
  promoted.disconnect()
  expect(await square.s(5).run()).toBe(25)
}, 60_000)

test('a Sentinel that is taken for a server is refused, with what to write instead', async () => {
  const [sentinel] = watched.sentinels
  await using app = new App({ logLevel: 'silent', backend: redisBackend({ ...sentinel }) })
  await expect(app.worker().start()).rejects.toMatchObject({
    code: 'backend-refused',
    message: expect.stringMatching(/^This is a Sentinel\. Give \{ sentinels: /),
  })
})

test('Sentinels that know no such master, or are not there, are an error at once', async () => {
  const { sentinels } = watched
  const wheres = [
    { sentinels: [...sentinels], name: 'another' },
    { sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'mymaster' },
  ]
  for (const where of wheres) {
    await using app = new App({ logLevel: 'silent', backend: redisBackend(where) })
    await expect(app.worker().start()).rejects.toMatchObject({
      code: 'backend-refused',
      message: expect.stringMatching(/All sentinels are unreachable/),
    })
  }
})
