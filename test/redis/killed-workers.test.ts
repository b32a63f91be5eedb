import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { App, type AsyncResult, Signature } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { hurried } from '../support/hurried.ts'
import type { Entry } from '../support/ledger-tasks.ts'
import type { Tables } from '../support/ledger-worker.ts'
import { repeated } from '../support/misdelivery.ts'
import { distinct, endOf, expectAsDrawn, expectSettled } from '../support/outcome.ts'
import { type Process, startProcess } from '../support/process.ts'
import { type PrivateServer, startServer } from '../support/redis-server.ts'
import { interpret } from '../support/reference.ts'

/*
 * Worker processes are killed at any moment, or stand still for longer than their lease, while random canvases run. What they
 * ran stands in a ledger outside of Redis.
 *
 *   ARPEGGIO_SEED  draws the same canvases, and kills in the same order after the same pauses
 *   ARPEGGIO_RUNS  how many deaths
 */

const SEED = Number(process.env['ARPEGGIO_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const DEATHS = Number(process.env['ARPEGGIO_RUNS'] ?? 20)
const WORKERS = 3
const LEASE_MS = 1_000
const IN_FLIGHT = 12
const PATIENCE_MS = 60_000 + 4_000 * DEATHS

interface Death {
  readonly afterMs: number
  readonly victim: number
  readonly how: 'killed' | 'standing still'
}

/** A run that was sent, and whoever waits for its value from the beginning. */
interface Sent {
  readonly canvas: Canvas
  readonly result: AsyncResult<unknown>
  readonly value: Promise<unknown>
}

const canvases = fc
  .sample(arbitraryCanvas(), { seed: SEED, numRuns: 1_000 })
  .filter(({ node, table }) => interpret(node, table).attempts.length >= 6)
  .map(hurried)
const deaths: readonly Death[] = fc.sample(
  fc.record({
    afterMs: fc.integer({ min: 50, max: 600 }),
    victim: fc.nat(WORKERS - 1),
    how: fc.constantFrom('killed' as const, 'killed' as const, 'standing still' as const),
  }),
  { seed: SEED, numRuns: DEATHS },
)

let server: PrivateServer
let app: App
let folder: string
let tablesFile: string
let ledgerFile: string
beforeAll(async () => {
  console.info(`ARPEGGIO_SEED=${SEED}`)
  folder = mkdtempSync(join(tmpdir(), 'arpeggio-ledger-'))
  tablesFile = join(folder, 'tables.json')
  ledgerFile = join(folder, 'ledger.jsonl')
  server = await startServer()
  app = new App({
    logLevel: 'silent',
    backend: redisBackend(server.url, { lease: LEASE_MS, warn: () => {} }),
  })
  writeFileSync(tablesFile, JSON.stringify(canvases.map(({ table }) => [...table]) satisfies Tables))
  writeFileSync(ledgerFile, '')
}, 300_000)
afterAll(async () => {
  await app?.close()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('workers that die at any moment', { timeout: PATIENCE_MS }, () => {
  let sent: readonly Sent[]
  let ledger: readonly Entry[]

  beforeAll(async () => {
    sent = await runWhileTheyDie()
    ledger = readFileSync(ledgerFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
    const again = ledger.filter(({ deliveries }) => deliveries > 1).length
    console.info(
      `${deaths.length} deaths, ${sent.length} runs, ${ledger.length} calls, ${again} of them again`,
    )
  }, PATIENCE_MS)

  test('lose nothing: every run ends as it was drawn, and who waited for it has his answer', async () => {
    expect(sent.length).toBeGreaterThan(IN_FLIGHT)
    for (const { canvas, result, value } of sent) {
      const witnesses = ledger.filter(({ run }) => run === result.run.id)
      expectAsDrawn(canvas, { end: await endOf(result), attempts: distinct(witnesses) })
      await expectSettled(result)
      expect(await value).toEqual(await result.get().catch(() => 'failed'))
    }
  })

  test('publish nothing twice: what ran again was the same message, delivered once more', () => {
    const calls = ledger.map(({ run, id, deliveries, attempt }) => {
      return `${run}: ${id} ${attempt.label} attempt ${attempt.retries} delivery ${deliveries}`
    })
    expect(repeated(calls)).toEqual([])
  })

  test('make nobody give up: no message is a dead letter', async () => {
    expect(await app.backend.deadLetters.list()).toEqual([])
  })
})

/** Sends one canvas after another while workers die, until all have died that shall; then the last ones finish the rest. */
async function runWhileTheyDie(): Promise<readonly Sent[]> {
  const workers = Array.from({ length: WORKERS }, startWorker)
  const sent: Sent[] = []
  let next = 0
  let isOver = false

  async function keepSending(): Promise<void> {
    while (!isOver) {
      const one = await send(next++)
      sent.push(one)
      await one.result.run.finished()
    }
  }

  try {
    const sending = Promise.all(Array.from({ length: IN_FLIGHT }, keepSending))
    for (const { afterMs, victim, how } of deaths) {
      await sleep(afterMs)
      const worker = (await workers[victim]) as Process
      workers[victim] = how === 'killed' ? replaced(worker) : revived(worker)
    }
    isOver = true
    await sending
    return sent
  } finally {
    await Promise.all(workers.map(async (worker) => (await worker).kill()))
  }
}

async function send(nth: number): Promise<Sent> {
  const canvas = canvases[nth % canvases.length] as Canvas
  const result = await new Signature(canvas.node, app).set({ taskId: `${nth}` }).delay()
  return { canvas, result, value: result.get().catch(() => 'failed') }
}

async function startWorker(): Promise<Process> {
  const file = join(import.meta.dirname, '../support/ledger-worker.ts')
  const worker = startProcess(file, [server.url, `${LEASE_MS}`, tablesFile, ledgerFile])
  await worker.ask('start')
  return worker
}

async function replaced(worker: Process): Promise<Process> {
  await worker.kill()
  return startWorker()
}

/** It comes back as a zombie: others have run what it held. */
async function revived(worker: Process): Promise<Process> {
  process.kill(worker.pid, 'SIGSTOP')
  await sleep(1.5 * LEASE_MS)
  process.kill(worker.pid, 'SIGCONT')
  return worker
}
