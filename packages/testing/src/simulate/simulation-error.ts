import { ArpeggioError } from '@arpeggio/core'
import type { Fault } from './faults.ts'
import type { Happened } from './history.ts'
import { type Invariant, RULES } from './invariants.ts'
import { timelineOf } from './timeline.ts'

/** What was found in a world. */
interface Found {
  readonly seed: number
  readonly broken: Invariant | 'check'
  readonly says: string
  readonly faults: readonly Fault[]
  readonly lines: readonly Happened[]
  /** What else is to be said, in whole sentences. */
  readonly advice: readonly string[]
}

/** A world in which something does not hold. Its message tells what, and the shortest way there that was found. */
export class SimulationError extends ArpeggioError {
  /** What plays that world again: `{ seed, runs: 1 }`. */
  readonly seed: number
  /** What does not hold: an invariant, or what the test checks. */
  readonly broken: Invariant | 'check'
  /** What went wrong on the way there. */
  readonly faults: readonly Fault[]
  /** What happened, a line each. */
  readonly timeline: string

  constructor({ seed, broken, says, faults, lines, advice }: Found) {
    const after = faults.length === 0 ? 'though nothing went wrong' : `after ${faults.join(', ')}`
    const what =
      broken === 'check'
        ? `check failed, ${after}: ${says}` // which may be any text, and so comes last
        : `${says} (${broken}: ${RULES[broken]}), ${after}`
    const timeline = timelineOf(lines)
    const sentences = [
      `In a simulated world ${what}.`,
      `Play it again with { seed: ${seed}, runs: 1 }.`,
      ...advice,
    ]
    super('simulation-failed', `${sentences.join(' ')}\n\n${timeline}`)
    this.name = 'SimulationError'
    this.seed = seed
    this.broken = broken
    this.faults = faults
    this.timeline = timeline
  }
}
