import { App, chord } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PrivateCluster, startCluster } from '../support/redis-cluster.ts'

let cluster: PrivateCluster

beforeAll(async () => {
  cluster = await startCluster()
}, 300_000)
afterAll(() => cluster?.stop())

test('runs are spread over the nodes, and each lives whole on one', async () => {
  const client = new Cluster([...cluster.nodes])
  await using app = new App({
    backend: redisBackend(client, { partitions: 16, prefix: 'spread', warn: () => {} }),
  })
  const square = app.task('square', (n: number) => n * n)
  const total = app.task('total', (squares: number[]) => squares.reduce((sum, n) => sum + n, 0))
  await app.worker().start()
  const results = Array.from({ length: 30 }, (_, n) => chord([square.s(n), square.s(n + 1)], total.s()).run())
  expect(await Promise.all(results)).toEqual(results.map((_, n) => n ** 2 + (n + 1) ** 2))
  const runs = await Promise.all(client.nodes('master').map((node) => node.keys('{spread:*}:run:*')))
  expect(runs.flat()).toHaveLength(30)
  expect(runs.filter((keys) => keys.length > 0)).toHaveLength(3)
  client.disconnect()
})

test('a server of a cluster that is taken for a single one is refused, with what to write instead', async () => {
  const [node] = cluster.nodes
  await using app = new App({ logLevel: 'silent', backend: redisBackend({ ...node }) })
  await expect(app.worker().start()).rejects.toMatchObject({
    code: 'backend-refused',
    message: expect.stringMatching(/part of a cluster\. Give \{ cluster: /),
  })
})

test('while the slot of a partition moves to another node its work waits, and none is lost', async () => {
  await using app = new App({
    backend: redisBackend({ cluster: cluster.nodes }, { prefix: 'move', lease: '3s', warn: () => {} }),
  })
  const ran: string[] = []
  const square = app.task('square', (n: number) => {
    ran.push(`square ${n}`)
    return n * n
  })
  const total = app.task('total', (squares: number[], name: string) => {
    ran.push(name)
    return squares.reduce((sum, n) => sum + n, 0)
  })
  const send = (name: string) => chord([square.s(1), square.s(2), square.s(3)], total.s(name)).delay()
  await app.worker({ concurrency: 2 }).start()
  const before = await Promise.all(Array.from({ length: 60 }, (_, i) => send(`before ${i}`)))
  const values = Promise.all(before.map((result) => result.get()))
  await expect.poll(() => ran.length, { interval: 1 }).toBeGreaterThan(20)
  let midway: Promise<unknown> | null = null
  await cluster.move('{move:0}:', async () => {
    const sofar = ran.length
    let isSent = false
    midway = send('midway').then((result) => {
      isSent = true
      return result.get()
    })
    await expect.poll(() => cluster.refused(), { timeout: 10_000 }).toBeGreaterThan(3)
    expect([isSent, ran.length - sofar < 20]).toEqual([false, true])
  })
  expect(await values).toEqual(before.map(() => 14))
  expect(await midway).toBe(14)
  const bodies = ran.filter((name) => !name.startsWith('square'))
  expect(new Set(bodies).size).toBe(bodies.length)
  expect(ran).toHaveLength(61 * 4)
})

test('who waits while the slot of his run has just moved away is told all the same', async () => {
  await using app = new App({
    backend: redisBackend({ cluster: cluster.nodes }, { prefix: 'hear', lease: '3s', warn: () => {} }),
  })
  const add = app.task('add', (a: number, b: number) => a + b)
  await app.worker().start()
  const first = await add.s(1, 2).set({ countdown: '1d' }).delay()
  const hearing = first.get().catch(() => 'revoked') // its line leads to where the slot is now
  for (let n = 0; n < 3; n++) {
    let isOver = false
    const moving = cluster
      .move('{hear:0}:', () => {})
      .then(() => {
        isOver = true
      })
    while (!isOver) expect(await add.s(n, 1).run()).toBe(n + 1)
    await moving
    expect(await Promise.all(Array.from({ length: 20 }, () => add.s(n, 2).run()))).toContain(n + 2)
  }
  await first.run.cancel()
  expect(await hearing).toBe('revoked')
}, 30_000)

test('who comes when the cluster is down is told so, and can come again when it is up', async () => {
  await using app = new App({
    logLevel: 'silent',
    backend: redisBackend(
      { cluster: cluster.nodes },
      { prefix: 'late', unreachableAfter: '2s', warn: () => {} },
    ),
  })
  const add = app.task('add', (a: number, b: number) => a + b)
  const [node] = cluster.servers
  await node?.kill()
  await expect.poll(() => cluster.isWhole(), { timeout: 10_000 }).toBe(false)
  const down = { code: expect.stringMatching(/^backend-(refused|unreachable)$/) }
  for (let n = 0; n < 3; n++) await expect(add.delay(1, 2)).rejects.toMatchObject(down)
  await node?.restart()
  await expect.poll(() => cluster.isWhole(), { timeout: 20_000 }).toBe(true)
  await app.worker().start()
  expect(await add.s(1, 2).run()).toBe(3)
}, 60_000)
