import { Chance } from './chance.ts'
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
/** How long a world is that is disturbed, beside one that is not. */
const LONGER = 1.5
/** What lets tasks run again that have run: what users do not think of most often. */
const RUNS_AGAIN: readonly Fault[] = ['die', 'repeat', 'freeze', 'outage']
/** By how many steps a world becomes longer with each of these, about. */
const DETOUR = 8
/** How far they are apart, about: one call that met several would be given up, as is right. */
const APART = 25
/** Its multiples, without their whole parts, lie evenly between 0 and 1, however many there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

/** What happens in the world of a seed, which takes about so many steps when nothing goes wrong. Every other one is part of a sweep. */
export function drawSchedule(seed: number, steps: number, among: readonly Fault[]): Schedule {
  return seed % 2 === 1
    ? sweptSchedule((seed - 1) / 2, steps, among)
    : randomSchedule(new Chance(seed), steps, among)
}

/**
 * Everybody waits in line, and what lets tasks run again goes through the workflow evenly, from one world to the next: what comes
 * last in it is met as often as what comes first, and that is where users change things outside.
 */
function sweptSchedule(nth: number, steps: number, among: readonly Fault[]): Schedule {
  const again = RUNS_AGAIN.filter((fault) => among.includes(fault))
  const kinds = again.length > 0 ? again : among
  const count = kinds.length === 0 ? 0 : Math.min(MOST_FAULTS, Math.ceil(steps / APART))
  const faults = Array.from({ length: count }, (_, i) => {
    const draw = nth * count + i
    return { step: Math.floor(steps * ((draw * GOLDEN) % 1)), fault: kinds[draw % kinds.length] as Fault }
  })
  return {
    turns: [],
    faults: inOrder(faults).map(({ step, fault }, i) => ({ step: step + i * DETOUR, fault })),
  }
}

/** Anybody may be next, and anything may go wrong. */
function randomSchedule(chance: Chance, steps: number, among: readonly Fault[]): Schedule {
  const length = Math.ceil(steps * LONGER)
  const disorder = chance.pick(DISORDER)
  const turns = Array.from({ length }, () => (chance.next() < disorder ? chance.below(MANY) : 0))
  const count = among.length === 0 ? 0 : chance.below(MOST_FAULTS + 1)
  const power = chance.pick([1, 2]) // most of a workflow is decided early, and not all of it
  const faults = Array.from({ length: count }, () => ({
    step: Math.floor(length * chance.next() ** power),
    fault: chance.pick(among),
  }))
  return { turns, faults: bearable(inOrder(faults)) }
}

/** Without those that would be too many for one call: while the backend is away, its lease may run out twice. */
function bearable(faults: readonly Timed[]): readonly Timed[] {
  let deliveries = 0
  return faults.filter(({ fault }) => {
    const more = fault === 'outage' ? 2 : 1
    if (deliveries + more > MOST_FAULTS) return false
    deliveries += more
    return true
  })
}

function inOrder(faults: readonly Timed[]): readonly Timed[] {
  return [...faults].sort((a, b) => a.step - b.step)
}
