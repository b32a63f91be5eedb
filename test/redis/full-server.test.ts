import { App, chord, group } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PrivateServer, startServer } from '../support/redis-server.ts'

let server: PrivateServer
let redis: Redis

beforeAll(async () => {
  server = await startServer('--maxmemory-policy', 'noeviction')
  redis = new Redis(server.url)
}, 300_000)
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

test('a full server refuses new work whole, and what is under way comes to its end', async () => {
  await using app = new App({ logLevel: 'silent', backend: redisBackend(server.url, { warn: () => {} }) })
  let running = 0
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const square = app.task('square', async (n: number) => {
    running++
    await gate
    return n * n
  })
  const total = app.task('total', (squares: number[]) => squares.reduce((sum, n) => sum + n, 0))
  const spread = app.task({ name: 'spread', bind: true }, (self, sum: number): number[] =>
    self.replace(group(Array.from({ length: 10 * sum }, (_, n) => square.s(n)))),
  )
  const numbers = [1, 2, 3, 4, 5]
  const underWay = await chord(
    numbers.map((n) => square.s(n)),
    total.s().pipe(spread.s()),
  ).delay()
  await app.worker().start()
  await expect.poll(() => running).toBe(5)

  await redis.config('SET', 'maxmemory', '1')
  const keys = (await redis.keys('*')).sort()
  const full = {
    code: 'backend-full',
    message: expect.stringMatching(/^Redis has no memory left for new work .*Nothing was sent/),
  }
  await expect(square.delay(6)).rejects.toMatchObject(full)
  const many = Array.from({ length: 2_000 }, (_, n) => square.s(n))
  await expect(group(many).delay()).rejects.toMatchObject(full)
  expect((await redis.keys('*')).sort()).toEqual(keys)

  open()
  expect(await underWay.get()).toEqual(Array.from({ length: 550 }, (_, n) => n * n))

  await redis.config('SET', 'maxmemory', '0')
  expect(await square.s(6).run()).toBe(36)
})
