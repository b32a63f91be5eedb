import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Process, startProcess } from '../support/process.ts'
import { type PrivateServer, startServer } from '../support/redis-server.ts'

const LEASE_MS = 1_500

let server: PrivateServer
beforeAll(async () => {
  server = await startServer()
}, 300_000)
afterAll(() => server?.stop())

function busyWorker(ledger: string): Process {
  writeFileSync(ledger, '')
  return startProcess(join(import.meta.dirname, '../support/busy-worker.ts'), [
    server.url,
    `${LEASE_MS}`,
    ledger,
  ])
}

const lines = (ledger: string): string[] => readFileSync(ledger, 'utf8').split('\n').slice(0, -1)

test('a process that computes for several leases keeps what it holds', { timeout: 30_000 }, async () => {
  const ledger = join(server.folder, 'busy')
  await using busy = busyWorker(ledger)
  await using app = new App({
    logLevel: 'silent',
    backend: redisBackend(server.url, { lease: LEASE_MS, warn: () => {} }),
  })
  app.task('busy', (_ms: number) => 'somebody else')
  await busy.ask('start')
  const result = await app.signature('busy', { args: [3 * LEASE_MS] }).delay()
  await expect.poll(() => lines(ledger)).toHaveLength(1)
  await app.worker().start()
  expect(await result.get()).toBe(busy.pid)
  expect(lines(ledger)).toEqual([`${busy.pid}`])
})

test('a process that is dead does not', { timeout: 30_000 }, async () => {
  const ledger = join(server.folder, 'dead')
  const busy = busyWorker(ledger)
  await using app = new App({
    logLevel: 'silent',
    backend: redisBackend(server.url, { lease: LEASE_MS, warn: () => {} }),
  })
  app.task('busy', (_ms: number) => 'somebody else')
  await busy.ask('start')
  const result = await app.signature('busy', { args: [60_000] }).delay()
  await expect.poll(() => lines(ledger)).toHaveLength(1)
  await busy.kill()
  await app.worker().start()
  expect(await result.get()).toBe('somebody else')
})

test('what a dead process held is taken over when its lease is over, by whoever waits, however rarely he looks', {
  timeout: 30_000,
}, async () => {
  const ledger = join(server.folder, 'missed')
  const busy = busyWorker(ledger)
  await using app = new App({
    logLevel: 'silent',
    backend: redisBackend(server.url, { lease: '1h', warn: () => {} }), // he looks six times a lease, if nothing is known
  })
  app.task('busy', (_ms: number) => 'somebody else')
  await busy.ask('start')
  const result = await app.signature('busy', { args: [60_000] }).delay()
  await expect.poll(() => lines(ledger)).toHaveLength(1)
  await app.worker().start()
  await busy.kill()
  expect(await result.get()).toBe('somebody else')
})

test('a client that is there already says where the thread finds the server', {
  timeout: 30_000,
}, async () => {
  const client = new Redis(server.url)
  const app = new App({
    logLevel: 'silent',
    backend: redisBackend(client, { lease: LEASE_MS, warn: () => {} }),
  })
  await app.worker().start()
  const names = async (): Promise<number> => String(await client.call('CLIENT', 'LIST')).split('\n').length
  await expect.poll(names).toBeGreaterThan(4) // commands, bell, news, heartbeat
  await app.close()
  client.disconnect()
})
