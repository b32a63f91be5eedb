import { Signature } from '@arpeggio/canvas'
import {
  type AsyncResult,
  type Executor,
  type MemoryBackend,
  memoryBackend,
  type VirtualClock,
  virtualClock,
} from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { hurried, SHORTLY } from '../support/hurried.ts'
import { misdeliver } from '../support/misdelivery.ts'
import { endOf, expectSettled, pictureOf } from '../support/outcome.ts'
import { startServer } from '../support/redis-server.ts'
import { interpret } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { appOf, dueNext, NOW, playThrough, STOPPED, stageOf } from '../support/stage.ts'
import type { Act } from '../support/task-table.ts'

describe('what failed may be run again', { timeout: 120_000 }, () => {
  const canvas = fc.oneof(arbitraryCanvas(2, 2), arbitraryCanvas()).map(patient)
  const troubles = fc.array(fc.nat(), { minLength: 1, maxLength: 4 })
  const moment = fc.oneof(fc.constant(null), fc.nat(12))

  test('and the run comes to what it would have come to if nothing had failed', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, fc.array(troubles, { minLength: 1, maxLength: 3 }), moment, playAgain),
      replay(600),
    )
  })

  test('so it does after leases ran out, workers overtook each other, and it was cancelled in between', async () => {
    const choices = fc.array(fc.nat(9_999), { minLength: 1, maxLength: 100 })
    await fc.assert(
      fc.asyncProperty(
        canvas,
        troubles,
        choices,
        moment,
        async ({ node, table }, troubles, choices, cancelAt) => {
          fc.pre(interpret(node, table).cutOff.size === 0)
          const acts = new Map(table)
          const labels = [...table.keys()]
          for (const trouble of troubles) acts.set(labels[trouble % labels.length] as string, FAIL)
          const cancel = async ({ run }: AsyncResult<unknown>, step: number): Promise<void> => {
            if (step === cancelAt) await run.cancel()
          }
          const { result, backend } = await misdeliver({ node, table: acts }, choices, () => 1, cancel)
          for (const [label, act] of table) acts.set(label, act)
          await result.run.retryFailed()
          await playOn(stageOf(acts, backend).executor, backend as MemoryBackend, result)
          await expectAsIfUndisturbed({ node, table }, result)
        },
      ),
      replay(600),
    )
  })

  test('so it does on Redis, with several workers at once', async () => {
    await using server = await startServer()
    let trials = 0
    await fc.assert(
      fc.asyncProperty(canvas, fc.array(troubles, { minLength: 1, maxLength: 2 }), (canvas, rounds) =>
        playAgainOnRedis(server.url, `trial-${trials++}`, canvas, rounds),
      ),
      replay(60),
    )
  })
})

/** The same with workers that run side by side, on a server. */
async function playAgainOnRedis(
  url: string,
  prefix: string,
  drawn: Canvas,
  rounds: readonly (readonly number[])[],
): Promise<void> {
  const { node, table } = hurried(drawn)
  fc.pre(interpret(node, table).cutOff.size === 0)
  const acts = new Map(table)
  const backend = redisBackend(url, { prefix, warn: () => {} })
  const { app } = appOf(acts, { backend, patience: SHORTLY })
  await using _closed = app
  await Promise.all([1, 2, 10].map((concurrency) => app.worker({ concurrency }).start()))
  const labels = [...table.keys()]
  let result: Awaited<ReturnType<typeof playThrough>> | null = null
  for (const troubles of [...rounds, []]) {
    for (const [label, act] of table) acts.set(label, act)
    for (const trouble of troubles) acts.set(labels[trouble % labels.length] as string, FAIL)
    if (result === null) result = await new Signature(node, app).set({ taskId: 'run' }).delay()
    else await result.run.retryFailed()
    await result.run.finished()
    await expectSettled(result)
  }
  if (result !== null) await expectAsIfUndisturbed({ node, table }, result)
}

/** Where a chord goes on in spite of failures, what went wrong in the meantime decides what its body is given. */
function patient({ node, table }: Canvas): Canvas {
  const strict = <T>(drawing: T): T =>
    JSON.parse(JSON.stringify(drawing), (key, value) => {
      return key === 'policy' && value !== 'failFast' ? 'all' : value
    })
  return { node: strict(node), table: new Map([...table].map(([label, act]) => [label, strict(act)])) }
}

/** Plays a canvas in rounds: in each but the last some calls fail that should not, and the first may be cancelled. */
async function playAgain(
  { node, table }: Canvas,
  rounds: readonly (readonly number[])[],
  cancelAt: number | null,
): Promise<void> {
  fc.pre(interpret(node, table).cutOff.size === 0)
  const acts = new Map(table)
  const asides = labelsOfErrbacks(table, [node, ...table.values()])
  const clock = virtualClock(NOW)
  const backend = memoryBackend({ clock })
  const { executor, seen, start } = stageOf(acts, backend)
  let result: Awaited<ReturnType<typeof start>> | null = null
  for (const [nth, troubles] of [...rounds, []].entries()) {
    for (const [label, act] of table) acts.set(label, act)
    const labels = [...table.keys()]
    for (const trouble of troubles) acts.set(labels[trouble % labels.length] as string, FAIL)
    const before = seen.length
    const ended = result === null ? [] : await endedWell(result)
    if (result === null) result = await start(node)
    else await result.run.retryFailed()
    await playOn(executor, backend, result, nth === 0 ? cancelAt : null)
    await expectSettled(result)
    const again = seen.slice(before).filter(({ id }) => ended.includes(id))
    expect(again.filter(({ attempt }) => !asides.has(attempt.label))).toEqual([])
  }
  if (result !== null) await expectAsIfUndisturbed({ node, table }, result)
}

/** One message after another, until the run is over. */
async function playOn(
  executor: Executor,
  backend: MemoryBackend,
  { run }: AsyncResult<unknown>,
  cancelAt: number | null = null,
): Promise<void> {
  for (let step = 0; !(await run.progress()).over; step++) {
    if (step === cancelAt) await run.cancel()
    const [delivery] = await backend.deliveries.receive(backend.queueNames(), 1, STOPPED)
    if (delivery !== undefined) await executor.execute(delivery)
    else (backend.clock as VirtualClock).advanceTo(dueNext(backend))
  }
}

/** It came to what it would have come to if nothing had ever gone wrong. */
async function expectAsIfUndisturbed(canvas: Canvas, result: AsyncResult<unknown>): Promise<void> {
  await expectSettled(result)
  const undisturbed = await playThrough(canvas)
  expect(await endOf(result)).toEqual(await endOf(undisturbed))
  expect(await pictureOf(result)).toEqual(await pictureOf(undisturbed))
}

const FAIL: Act = { act: 'fail' }

/** Errbacks may be called in each round, and so do all calls that come of them. */
function labelsOfErrbacks(table: Canvas['table'], drawing: unknown, isAside = false): Set<string> {
  if (typeof drawing === 'string' && isAside && table.has(drawing))
    return new Set([drawing, ...labelsOfErrbacks(table, table.get(drawing), true)])
  if (typeof drawing !== 'object' || drawing === null) return new Set()
  const below = Object.entries(drawing).flatMap(([key, item]) => [
    ...labelsOfErrbacks(table, item, isAside || key === 'linkError'),
  ])
  return new Set(below)
}

/** Nodes that shall not run again. */
async function endedWell({
  run,
}: {
  readonly run: { graph(): Promise<{ nodes: readonly { id: string; state: string }[] }> }
}): Promise<string[]> {
  const { nodes } = await run.graph()
  return nodes.flatMap(({ id, state }) => (state === 'SUCCESS' ? [id] : []))
}
