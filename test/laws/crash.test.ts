import { type AsyncResult, LIMITS, type Message, memoryBackend, virtualClock } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from '../../packages/canvas/src/node/node.ts'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { faultyBackend, type Kill, Killed } from '../support/faulty-backend.ts'
import { publishing, repeated } from '../support/misdelivery.ts'
import { distinct, endOf, expectAsDrawn, pictureOf } from '../support/outcome.ts'
import { interpret } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { dueNext, NOW, playThrough, STOPPED, stageOf } from '../support/stage.ts'
import type { Act, Witness } from '../support/task-table.ts'

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
      replay(80),
    )
  })

  test('again and again, in a canvas of any size', async () => {
    const kill = fc.record({ nth: fc.nat(40), when: fc.constantFrom('before' as const, 'after' as const) })
    const kills = fc.uniqueArray(kill, { minLength: 1, maxLength: 4, selector: ({ nth }) => nth })
    await fc.assert(fc.asyncProperty(arbitraryCanvas(), room, kills, expectNoHarm), replay(300))
  })

  test('by a task that kills every worker: it is given up, set aside, and fails like any other', async () => {
    const clock = virtualClock(NOW)
    const backend = memoryBackend({ clock, leaseMs: LEASE_MS })
    const table = new Map<string, Act>([...'abc'].map((label) => [label, { act: 'give' }]))
    const call = (label: string, options = {}): Node => {
      return { kind: 'task', task: 'give', args: [label], kwargs: {}, options, immutable: false }
    }
    const header = [call('poison', { linkError: [call('a')] }), call('b')]
    const { executor, seen, start } = stageOf(table, backend)
    const result = await start({
      kind: 'chord',
      header,
      body: call('c'),
      policy: 'all',
      options: {},
      immutable: false,
    })
    let deaths = 0
    while (!(await result.run.progress()).over) {
      const [delivery] = await backend.deliveries.receive(['default'], 1, STOPPED)
      const isPoison = delivery?.message.kind === 'call' && delivery.message.args[0] === 'poison'
      if (delivery === undefined) clock.advanceTo(clock.now() + LEASE_MS)
      else if (isPoison && delivery.count <= LIMITS.deliveries) deaths++
      else await executor.execute(delivery)
    }
    expect(deaths).toBe(LIMITS.deliveries)
    expect(seen.map(({ attempt }) => attempt.label).sort()).toEqual(['a', 'b'])
    await expect(result.get()).rejects.toMatchObject({
      members: [{ index: 0, error: { type: 'WorkerLostError' } }],
    })
    const letters = await backend.deadLetters.list()
    expect(letters).toMatchObject([
      { message: { args: ['poison'] }, reason: expect.stringContaining('given up after 5 deliveries') },
    ])
  })
})

async function expectNoHarm(canvas: Canvas, room: number, kills: readonly Kill[]): Promise<void> {
  const { result, seen, published } = await playWithKills(canvas, room, kills)
  expectAsDrawn(canvas, { end: await endOf(result), attempts: distinct(seen) })
  expect(repeated(published.map(publishing))).toEqual([])
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
): Promise<{
  result: AsyncResult<unknown>
  seen: readonly Witness[]
  published: readonly Message[]
  changes: number
}> {
  const clock = virtualClock(NOW)
  const memory = memoryBackend({ clock, leaseMs: LEASE_MS })
  const { backend, count } = faultyBackend(memory, kills)
  const { executor, seen, start } = stageOf(table, backend)
  const published = new Set<Message>()
  let result = await unlessKilled(() => start(node))
  while (result === null) result = await unlessKilled(() => start(node))
  while (!(await result.run.progress()).over) {
    const held = await memory.deliveries.receive(memory.queueNames(), room, STOPPED)
    for (const delivery of held) {
      published.add(delivery.message)
      const lives = await unlessKilled(() => executor.execute(delivery).then(() => true))
      if (lives) continue
      clock.advanceTo(clock.now() + LEASE_MS)
      break // what else it held dies with it
    }
    if (held.length === 0) clock.advanceTo(dueNext(memory))
  }
  return { result, seen, published: [...published], changes: count() }
}

async function unlessKilled<T>(deed: () => Promise<T>): Promise<T | null> {
  try {
    return await deed()
  } catch (error) {
    if (error instanceof Killed) return null
    throw error
  }
}
