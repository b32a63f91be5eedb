import fc from 'fast-check'
import { describe, test } from 'vitest'
import { arbitraryCanvas } from '../support/arbitrary-canvas.ts'
import { replay } from '../support/replay.ts'
import { survives } from '../support/survival.ts'

/*
 * Our own machine, worker and backend in simulated worlds. The laws play the machine with deliveries handed out by the test;
 * here real workers receive, hold leases, stop and die. `npm run simulate` goes on for longer.
 */

describe('any canvas, in worlds in which anything may go wrong', { timeout: 120_000 }, () => {
  test('comes to one end, each node of it once', async () => {
    const canvas = fc.oneof(arbitraryCanvas(2, 2), arbitraryCanvas(3, 3))
    await fc.assert(
      fc.asyncProperty(canvas, fc.nat(100_000), (drawn, seed) => survives(drawn, seed, 6)),
      replay(25),
    )
  })
})
