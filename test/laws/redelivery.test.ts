import type { Message } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { type Misdelivered, misdeliver } from '../support/misdelivery.ts'
import { distinct, endOf, expectAsDrawn, pictureOf } from '../support/outcome.ts'
import { interpret } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { SPARED } from '../support/spared.ts'
import { playThrough } from '../support/stage.ts'

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
        expect(repeated(played.published.map(named))).toEqual([])
      }),
      replay(1_000),
    )
  })

  test('a message that is there twice comes to one outcome', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, choices, async (canvas, choices) => {
        const copies = (message: Message): number => {
          if (SPARED.copiedReplacement && message.kind === 'call' && message.task === 'replace') return 1
          return 1 + ((choices[message.at.length % choices.length] as number) % 2)
        }
        const played = await misdeliver(canvas, choices, copies)
        await expectUndisturbed(canvas, played)
        const bodies = played.published.filter((message) => followsChord(message, played))
        const once = bodies.filter(
          (message, index) => bodies.findIndex(({ at }) => at === message.at) === index,
        )
        expect(bodies.map(named).sort()).toEqual(
          once.flatMap((body) => Array(copies(body)).fill(named(body))).sort(),
        )
      }),
      replay(1_000),
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

/** What tells one publishing from another: the place, and which attempt or which part of a wide fork it is. */
function named(message: Message): string {
  return message.kind === 'call'
    ? `${message.at} attempt ${message.retries}`
    : `${message.at} from ${message.branches.from}`
}

function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index)
}
