import fc from 'fast-check'
import type { Size } from './size.ts'

/** When something goes wrong. */
export interface Strike {
  readonly fault: string
  /** When so many workflows have ended: faults keep step with the work, however fast a machine is. */
  readonly after: number
  /** And so much later. */
  readonly pauseMs: number
  /** What else has to be chosen. */
  readonly choice: number
}

const LONGEST_PAUSE_MS = 200
/** Of the workflows; the last ones are left to mend what is broken by then. */
const LAST = 0.9

/** The same strikes for the same seed, in order. */
export function scheduleOf(seed: number, { workflows, faults }: Size): readonly Strike[] {
  const names = Object.entries(faults).flatMap(([name, count]) => Array.from({ length: count }, () => name))
  const moments = fc.sample(
    fc.noBias(
      fc.record({
        after: fc.integer({ min: 0, max: Math.floor(LAST * workflows) }),
        pauseMs: fc.integer({ min: 0, max: LONGEST_PAUSE_MS }),
        choice: fc.nat(),
      }),
    ),
    { seed, numRuns: names.length },
  )
  return names
    .map((fault, i) => ({ fault, ...(moments[i] as (typeof moments)[0]) }))
    .sort((a, b) => a.after - b.after)
}
