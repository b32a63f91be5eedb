import { type Delivery, type Message, memoryBackend, virtualClock } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from '../../packages/canvas/src/node/node.ts'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { faultyBackend, type Kill, Killed } from '../support/faulty-backend.ts'
import { type Misdelivered, misdeliver, publishing, repeated } from '../support/misdelivery.ts'
import { distinct, endOf, expectAsDrawn, pictureOf } from '../support/outcome.ts'
import { interpret } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { NOW, playThrough, STOPPED, stageOf } from '../support/stage.ts'

describe('a worker that is lost', () => {
  const chord: Canvas = {
    node: {
      kind: 'chord',
      header: [call('a', { link: [call('linked')] })],
      body: call('b'),
      policy: 'all',
      options: {},
      immutable: false,
    },
    table: new Map(['a', 'b', 'linked'].map((label) => [label, { act: 'give' }])),
  }

  test('M15 a delivery whose id has a verdict is not run again: only what follows it is driven', async () => {
    const { backend, advance, stage } = lendable(chord, [{ nth: 1, when: 'after' }])
    await stage.start(chord.node)
    const [first] = await backend.deliveries.receive(['default'], 1, STOPPED)
    await expect(stage.executor.execute(first as Delivery)).rejects.toBeInstanceOf(Killed)
    advance()
    const [second] = await backend.deliveries.receive(['default'], 1, STOPPED)
    expect(second).toMatchObject({ count: 2, verdict: { state: 'SUCCESS', value: 'a()' } })
    await stage.executor.execute(second as Delivery)
    expect(stage.seen.map(({ attempt }) => attempt.label)).toEqual(['a'])
    const next = await backend.deliveries.receive(['default'], 9, STOPPED)
    expect(next.map(({ message }) => message.kind === 'call' && message.args).sort()).toEqual([
      [['a()'], 'b'],
      ['a()', 'linked'],
    ])
  })

  test('M16 its task runs again elsewhere, and if it was not lost after all, what it says comes too late', async () => {
    const { backend, advance, stage } = lendable(chord, [])
    await stage.start(chord.node)
    const [zombie] = await backend.deliveries.receive(['default'], 1, STOPPED)
    advance()
    const [heir] = await backend.deliveries.receive(['default'], 1, STOPPED)
    await stage.executor.execute(zombie as Delivery)
    expect(await backend.deliveries.receive(['default'], 9, STOPPED)).toEqual([])
    await stage.executor.execute(heir as Delivery)
    expect(stage.seen.map(({ attempt }) => attempt.label)).toEqual(['a', 'a'])
    expect(await backend.deliveries.receive(['default'], 9, STOPPED)).toHaveLength(2)
  })

  function call(label: string, options = {}): Node {
    return { kind: 'task', task: 'give', args: [label], kwargs: {}, options, immutable: false }
  }

  function lendable({ table }: Canvas, kills: readonly Kill[]) {
    const clock = virtualClock(NOW)
    const memory = memoryBackend({ clock, leaseMs: 30_000 })
    const stage = stageOf(table, faultyBackend(memory, kills).backend)
    return { backend: memory, stage, advance: () => clock.advanceTo(clock.now() + 30_000) }
  }
})

describe('everything may happen twice', { timeout: 120_000 }, () => {
  // Small canvases meet the rare orders, large ones the rare shapes.
  const small = arbitraryCanvas(2, 2)
  const canvas = fc.oneof(small, arbitraryCanvas())
  const choices = fc.array(fc.nat(9_999), { minLength: 1, maxLength: 100 })

  test('a message whose lease runs out is run again elsewhere, and a zombie changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, choices, async (canvas, choices) => {
        const played = await misdeliver(canvas, choices, () => 1)
        await expectUndisturbed(canvas, played)
        expect(played.zombies.filter((reply) => reply !== 'fenced')).toEqual([])
        expect(repeated(played.published.map(publishing))).toEqual([])
      }),
      replay(600),
    )
  })

  test('a message that is there twice comes to one outcome', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, choices, async (canvas, choices) => {
        const copies = (message: Message): number =>
          1 + ((choices[message.at.length % choices.length] as number) % 2)
        const played = await misdeliver(canvas, choices, copies)
        await expectUndisturbed(canvas, played)
        const bodies = played.published.filter((message) => followsChord(message, played))
        const once = bodies.filter(
          (message, index) => bodies.findIndex(({ at }) => at === message.at) === index,
        )
        expect(bodies.map(publishing).sort()).toEqual(
          once.flatMap((body) => Array(copies(body)).fill(publishing(body))).sort(),
        )
      }),
      replay(600),
    )
  })
})

/** It ended as it would have if nothing had gone wrong. */
async function expectUndisturbed(canvas: Canvas, { result, seen }: Misdelivered): Promise<void> {
  expectAsDrawn(canvas, { end: await endOf(result), attempts: distinct(seen) })
  if (interpret(canvas.node, canvas.table).cutOff.size > 0) return
  expect(await pictureOf(result)).toEqual(await pictureOf(await playThrough(canvas)))
}

/** Whether it is a body, a link or an errback of a chord, which is published by whoever closes it. */
function followsChord(message: Message, { chords }: Misdelivered): boolean {
  const chord = message.parent === null ? undefined : chords.get(message.parent)
  if (chord === undefined || (message.kind === 'call' && message.retries > 0)) return false
  return message.group === null || message.group.chord === chord.group?.chord
}
