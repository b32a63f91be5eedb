import type { Chance } from './chance.ts'

/** What can go wrong in a simulated world, and what it means there. */
export const FAULTS = {
  /** The process whose turn it is dies, and another comes for it a second later. */
  die: 'dies',
  /** It stands still for longer than a lease, and goes on as if nothing had happened. */
  freeze: 'stands still for longer than a lease',
  /** What it asked for is done, and the answer is lost: it asks again. */
  'lose-answer': 'is not told the answer, and asks again',
  /** Nobody reaches the backend for a while. */
  outage: 'finds the backend away, as everybody does',
  /** More time passes at once than a lease is long: all leases run out while everybody lives. */
  jump: 'sees time jump by more than a lease',
  /** Its clock is wrong by minutes from now on. */
  drift: 'has a clock that is wrong from now on',
  /** What it publishes is published twice. */
  repeat: 'publishes everything twice',
} as const

/** The name of a fault. */
export type Fault = keyof typeof FAULTS

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

/** Draws what happens in a world that takes about so many steps when nothing goes wrong. */
export function drawSchedule(chance: Chance, steps: number, among: readonly Fault[]): Schedule {
  const length = Math.ceil(steps * 1.5)
  const turns = Array.from({ length }, () => chance.below(MANY))
  const count = among.length === 0 ? 0 : chance.below(MOST_FAULTS + 1)
  const faults = Array.from({ length: count }, () => ({
    step: chance.below(length),
    fault: chance.pick(among),
  }))
  return { turns, faults: faults.sort((a, b) => a.step - b.step) }
}
