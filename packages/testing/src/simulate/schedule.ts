import type { Chance } from './chance.ts'
import type { Fault } from './faults.ts'

/** A fault, and the step at which it comes. */
export interface Timed {
  readonly step: number
  readonly fault: Fault
}

/** All that is left open in a world: whose turn it is at each step, and what goes wrong. When the turns are over, whoever waits longest is next. */
export interface Schedule {
  readonly turns: readonly number[]
  readonly faults: readonly Timed[]
}

/** Nothing goes wrong, and everybody waits in line. */
export const CALM: Schedule = { turns: [], faults: [] }

/** As many as a world may have: fewer than the deliveries after which a message is given up. */
const MOST_FAULTS = 4
/** Larger than any number of processes that wait at a time. */
const MANY = 5_040
/** How often somebody goes out of turn: some defects need disorder, others are only met where there is little of it. */
const DISORDER = [0, 0.1, 1]

/** Draws what happens in a world that takes about so many steps when nothing goes wrong. */
export function drawSchedule(chance: Chance, steps: number, among: readonly Fault[]): Schedule {
  const length = Math.ceil(steps * 1.5)
  const disorder = chance.pick(DISORDER)
  const turns = Array.from({ length }, () => (chance.next() < disorder ? chance.below(MANY) : 0))
  const count = among.length === 0 ? 0 : chance.below(MOST_FAULTS + 1)
  const faults = Array.from({ length: count }, () => ({
    step: Math.floor(length * chance.next() ** 2), // most of a workflow is decided early
    fault: chance.pick(among),
  }))
  return { turns, faults: faults.sort((a, b) => a.step - b.step) }
}
