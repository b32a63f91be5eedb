import fc from 'fast-check'
import { arbitraryCanvas } from '../test/support/arbitrary-canvas.ts'
import { hurried } from '../test/support/hurried.ts'
import { interpret } from '../test/support/reference.ts'
import { Plans } from './plans.ts'

const DRAWINGS = 1_000
/** What has fewer calls is over before anything can happen to it. */
const FEWEST_CALLS = 5

/** The same plans for the same seed. */
export function drawPlans(seed: number): Plans {
  const canvases = fc
    .sample(arbitraryCanvas(), { seed, numRuns: DRAWINGS })
    .filter(({ node, table }) => interpret(node, table).attempts.length >= FEWEST_CALLS)
  return new Plans(canvases.map(hurried))
}
