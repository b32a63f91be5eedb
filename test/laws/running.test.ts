import { type App, Signature } from '@arpeggio/canvas'
import {
  type AsyncResult,
  type Delivery,
  type MemoryBackend,
  memoryBackend,
  virtualClock,
} from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChordPolicy, Node } from '../../packages/canvas/src/node/node.ts'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { hurried, SHORTLY } from '../support/hurried.ts'
import { endOf, expectAsDrawn, expectSettled } from '../support/outcome.ts'
import { startServer } from '../support/redis-server.ts'
import type { End } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { appOf, dueNext, NOW, STOPPED, stageOf, turn } from '../support/stage.ts'
import { type Act, failureOf, type Witness } from '../support/task-table.ts'

describe('a canvas comes to what it was drawn to mean', { timeout: 120_000 }, () => {
  test('eagerly, here and now', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCanvas(), async (canvas) => {
        const { app, seen } = appOf(canvas.table)
        const result = await new Signature(canvas.node, app).apply()
        await expectAllDrawn(canvas, result, seen)
      }),
      replay(500),
    )
  })

  test('in memory, with several workers at once', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCanvas(), async (canvas) => {
        const clock = virtualClock(NOW)
        const backend = memoryBackend({ clock })
        const { app, seen } = appOf(canvas.table, { backend })
        await Promise.all([1, 2, 10].map((concurrency) => app.worker({ concurrency }).start()))
        const result = await new Signature(canvas.node, app).delay()
        const waiting = result.get().catch(() => 'failed')
        for (let turns = 0; !(await result.run.progress()).over; turns++) {
          await turn()
          clock.advanceTo(turns < 10_000 ? (backend.nextDue() ?? clock.now()) : dueNext(backend))
        }
        const early = await waiting
        expect(early).toEqual(await result.get().catch(() => 'failed'))
        await expectAllDrawn(canvas, result, seen)
        expectNothingLeft(backend)
        await expectSameFromIds(app, result)
        await app.close()
      }),
      replay(500),
    )
  })

  test('on Redis, with several workers at once', async () => {
    await using server = await startServer()
    let trials = 0
    await fc.assert(
      fc.asyncProperty(arbitraryCanvas(), async (drawn) => {
        const canvas = hurried(drawn)
        const backend = redisBackend(server.url, { prefix: `trial-${trials++}`, warn: () => {} })
        const { app, seen } = appOf(canvas.table, { backend, patience: SHORTLY })
        await using _closed = app
        await Promise.all([1, 2, 10].map((concurrency) => app.worker({ concurrency }).start()))
        const result = await new Signature(canvas.node, app).delay()
        const waiting = result.get().catch(() => 'failed')
        await result.run.finished()
        const early = await waiting
        expect(early).toEqual(await result.get().catch(() => 'failed'))
        await expectAllDrawn(canvas, result, seen)
        await expectSameFromIds(app, result)
      }),
      replay(60),
    )
  })

  test('in whatever order its messages are delivered', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCanvas(), order, async (canvas, order) => {
        const { result, seen, backend } = await playShuffled(canvas, order)
        await expectAllDrawn(canvas, result, seen)
        expectNothingLeft(backend)
      }),
      replay(500),
    )
  })
})

describe('a chord that may close early', { timeout: 120_000 }, () => {
  const acts = fc.array(fc.constantFrom<Act[]>({ act: 'give' }, { act: 'fail' }, { act: 'expire' }), {
    minLength: 1,
    maxLength: 8,
  })

  test('with a quorum, takes the values of so many members in their places, and null elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(), order, async (acts, nth, order) => {
        const quorum = 1 + (nth % acts.length)
        const end = await endOfChord(acts, { quorum }, order)
        const good = acts.filter(({ act }) => act === 'give').length
        if (good < quorum) {
          expect(end.state).toBe('FAILURE')
          return
        }
        const values = (end as { value: unknown }).value as unknown[]
        expect(values.filter((value) => value !== null)).toHaveLength(quorum)
        for (const [index, value] of values.entries()) expect([`m${index}()`, null]).toContain(value)
        expect(values).toHaveLength(acts.length)
      }),
      replay(300),
    )
  })

  test('that fails fast, fails with the error of a member that failed', async () => {
    await fc.assert(
      fc.asyncProperty(acts, order, async (acts, order) => {
        const end = await endOfChord(acts, 'failFast', order)
        const errors = acts.flatMap(({ act }, index) => {
          if (act === 'give') return []
          return act === 'fail' ? `Error: ${failureOf(`m${index}`)}` : 'TaskRevokedError: task-revoked'
        })
        if (errors.length === 0)
          expect(end).toEqual({ state: 'SUCCESS', value: acts.map((_, index) => `m${index}()`) })
        else expect(errors).toContain((end as { error: string }).error)
      }),
      replay(500),
    )
  })

  async function endOfChord(
    acts: readonly Act[],
    policy: ChordPolicy,
    order: readonly number[],
  ): Promise<End> {
    const plain = { kwargs: {}, immutable: false, kind: 'task' as const }
    const header = acts.map(({ act }, index): Node => {
      return {
        ...plain,
        task: act,
        args: [`m${index}`],
        options: act === 'expire' ? { expires: '2001-01-01T00:00:00Z' } : {},
      }
    })
    const table = new Map<string, Act>(acts.map((act, index) => [`m${index}`, act]))
    const body: Node = { ...plain, task: 'celery.accumulate', args: [], options: {} }
    const node: Node = { kind: 'chord', header, body, policy, options: {}, immutable: false }
    const { result } = await playShuffled({ node, table }, order)
    const end = await endOf(result)
    return end.state === 'SUCCESS' ? { ...end, value: (end.value as never[])[0] as never } : end
  }
})

const order = fc.array(fc.nat(99), { minLength: 1, maxLength: 40 })

/** Plays a canvas to its end, one task at a time, in any order. */
async function playShuffled(
  { node, table }: Canvas,
  order: readonly number[],
): Promise<{ result: AsyncResult<unknown>; seen: readonly Witness[]; backend: MemoryBackend }> {
  const clock = virtualClock(NOW)
  const backend = memoryBackend({ clock })
  const { executor, seen, start } = stageOf(table, backend)
  const result = await start(node)
  const held: Delivery[] = []
  for (let nth = 0; !(await result.run.progress()).over; nth++) {
    held.push(...(await backend.deliveries.receive(backend.queueNames(), 1_000, STOPPED)))
    const [next] = held.splice((order[nth % order.length] as number) % (held.length || 1), 1)
    if (next === undefined) clock.advanceTo(dueNext(backend))
    else await executor.execute(next)
  }
  return { result, seen, backend }
}

/** It came to what was drawn, and everything has ended. */
async function expectAllDrawn(
  canvas: Canvas,
  result: AsyncResult<unknown>,
  seen: readonly Witness[],
): Promise<void> {
  expectAsDrawn(canvas, { end: await endOf(result), attempts: seen.map(({ attempt }) => attempt) })
  await expectSettled(result)
}

/** A handle that is made from an id alone says what the run's graph says, and whoever waits for it is answered. */
async function expectSameFromIds(app: App, { run }: AsyncResult<unknown>): Promise<void> {
  const { nodes } = await run.graph()
  for (const { id, state } of nodes) {
    const handle = app.result(id)
    expect(`${id} ${await handle.state()}`).toBe(`${id} ${state}`)
    const ended = await handle.get().then(
      () => 'well',
      () => 'badly',
    )
    expect(`${id} ended ${ended}`).toBe(`${id} ended ${isBad(state) ? 'badly' : 'well'}`)
  }
}

function isBad(state: string): boolean {
  return state === 'FAILURE' || state === 'REVOKED'
}

function expectNothingLeft(backend: MemoryBackend): void {
  expect(backend.nextDue()).toBeNull()
  expect(backend.deliveries.receive(backend.queueNames(), 1, STOPPED)).toEqual([])
}
