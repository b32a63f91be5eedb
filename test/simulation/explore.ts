import fc from 'fast-check'
import { arbitraryCanvas } from '../support/arbitrary-canvas.ts'
import { flagsOf, wholeOf } from '../support/flags.ts'
import { survives } from '../support/survival.ts'

/* Looks for a world in which our own engine fails: `npm run simulate -- --runs 10000 --seed 7`. Each run is a canvas in ten worlds. */

const USAGE = 'npm run simulate -- [--runs n] [--seed n]'
const flags = flagsOf({
  usage: USAGE,
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
})
const runs = wholeOf(USAGE, '--runs', flags.runs, 1)
const seed = wholeOf(USAGE, '--seed', flags.seed, 0)
const canvas = fc.oneof(arbitraryCanvas(2, 2), arbitraryCanvas(3, 3), arbitraryCanvas())
await fc.assert(
  fc.asyncProperty(canvas, fc.nat(100_000), (drawn, first) => survives(drawn, first, 10)),
  { numRuns: runs, seed },
)
console.log(`${runs} canvases came to one end, each in ten worlds.`)
