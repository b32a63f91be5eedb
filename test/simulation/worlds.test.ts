import { App, group } from '@arpeggio/canvas'
import { simulate } from '@arpeggio/testing'
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

  // Met on a real server: of a member nobody had heard, of the end of all somebody had.
  test('is told whole to whoever waits for it, whatever news he missed', async () => {
    const app = new App()
    const give = app.task('give', (n: number) => n)
    const canvas = group([give.s(1), give.s(2), give.s(3)]).link(give.si(0))
    await simulate(app, canvas, { faults: ['deaf'], runs: 100 })
  })
})
