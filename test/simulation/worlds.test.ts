import { Signature } from '@arpeggio/canvas'
import { type Fault, type Invariant, simulate } from '@arpeggio/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { interpret } from '../support/reference.ts'
import { replay } from '../support/replay.ts'
import { appOf } from '../support/stage.ts'

/*
 * Our own machine, worker and backend in simulated worlds: any canvas, whatever goes wrong. The laws play the machine with
 * deliveries handed out by the test; here real workers receive, hold leases, stop and die.
 */

/** Where a chord may close early, it depends on who comes first which of its members are run. */
const WHOEVER_IS_FIRST: readonly Invariant[] = ['settle', 'once', 'order', 'purity']
/** A clock that is wrong is no reason to fail, but `expires` and deadlines go by it. */
const FAULTS: readonly Fault[] = [
  'die',
  'stop',
  'freeze',
  'lose-answer',
  'outage',
  'drift',
  'repeat',
  'reorder',
]

async function survives(canvas: Canvas, seed: number, runs: number): Promise<void> {
  const { app } = appOf(canvas.table)
  const drawn = interpret(canvas.node, canvas.table)
  const { end } = await simulate(app, new Signature(canvas.node, app), {
    ...{ seed, runs, faults: FAULTS },
    ...(drawn.cutOff.size > 0 && { invariants: WHOEVER_IS_FIRST }),
  })
  expect(end.state).toBe(drawn.end.state)
}

describe('any canvas, in worlds in which anything may go wrong', { timeout: 120_000 }, () => {
  it('comes to one end, each node of it once', async () => {
    const canvas = fc.oneof(arbitraryCanvas(2, 2), arbitraryCanvas(3, 3))
    await fc.assert(
      fc.asyncProperty(canvas, fc.nat(100_000), (drawn, seed) => survives(drawn, seed, 6)),
      replay(25),
    )
  })
})
