import { type AsyncResult, memoryBackend, virtualClock } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { faultyBackend, type Kill, Killed } from '../support/faulty-backend.ts'
import { distinct, endOf, expectAsDrawn, pictureOf } from '../support/outcome.ts'
import { interpret } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { dueNext, NOW, playThrough, STOPPED, stageOf } from '../support/stage.ts'
import type { Witness } from '../support/task-table.ts'

const LEASE_MS = 30_000

describe('a process may be killed anywhere', { timeout: 120_000 }, () => {
  const room = fc.integer({ min: 1, max: 4 })

  test('at each change of a small canvas, and the run ends as if nothing had happened', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCanvas(2, 2), room, async (canvas, room) => {
        const { changes } = await playWithKills(canvas, room, [])
        for (let nth = 0; nth < changes; nth++) {
          for (const when of ['before', 'after'] as const) await expectNoHarm(canvas, room, [{ nth, when }])
        }
      }),
      replay(150),
    )
  })

  test('again and again, in a canvas of any size', async () => {
    const kill = fc.record({ nth: fc.nat(40), when: fc.constantFrom('before' as const, 'after' as const) })
    const kills = fc.uniqueArray(kill, { minLength: 1, maxLength: 4, selector: ({ nth }) => nth })
    await fc.assert(fc.asyncProperty(arbitraryCanvas(), room, kills, expectNoHarm), replay(500))
  })
})

async function expectNoHarm(canvas: Canvas, room: number, kills: readonly Kill[]): Promise<void> {
  const { result, seen } = await playWithKills(canvas, room, kills)
  expectAsDrawn(canvas, { end: await endOf(result), attempts: distinct(seen) })
  if (interpret(canvas.node, canvas.table).cutOff.size > 0) return
  expect(await pictureOf(result)).toEqual(await pictureOf(await playThrough(canvas)))
}

/**
 * Plays a canvas while its client and its workers are killed. Nobody cleans up after them: a client sends again what it has
 * no answer for, and what a dead worker held is there again when its lease is over.
 */
async function playWithKills(
  { node, table }: Canvas,
  room: number,
  kills: readonly Kill[],
): Promise<{ result: AsyncResult<unknown>; seen: readonly Witness[]; changes: number }> {
  const clock = virtualClock(NOW)
  const memory = memoryBackend({ clock, leaseMs: LEASE_MS })
  const { backend, count } = faultyBackend(memory, kills)
  const { executor, seen, start } = stageOf(table, backend)
  let result = await unlessKilled(() => start(node))
  while (result === null) result = await unlessKilled(() => start(node))
  while (!(await result.run.progress()).over) {
    const held = await memory.deliveries.receive(memory.queues(), room, STOPPED)
    for (const delivery of held) {
      const lives = await unlessKilled(() => executor.execute(delivery).then(() => true))
      if (lives) continue
      clock.advanceTo(clock.now() + LEASE_MS)
      break // what else it held dies with it
    }
    if (held.length === 0) clock.advanceTo(dueNext(memory))
  }
  return { result, seen, changes: count() }
}

async function unlessKilled<T>(deed: () => Promise<T>): Promise<T | null> {
  try {
    return await deed()
  } catch (error) {
    if (error instanceof Killed) return null
    throw error
  }
}
