import { type AnySignature, type App, signature, validate } from '@arpeggio/canvas'
import {
  ArpeggioError,
  checkOptions,
  didYouMean,
  isWhole,
  KINDS,
  memoryBackend,
  type OptionKind,
  show,
} from '@arpeggio/core'
import type { Ran } from '../record.ts'
import { Chance } from './chance.ts'
import type { End } from './end.ts'
import { FAULT_NAMES, type Fault } from './faults.ts'
import { INVARIANT_NAMES, INVARIANTS, type Invariant } from './invariants.ts'
import { CALM, drawSchedule, type Schedule } from './schedule.ts'
import { shortest } from './shortest.ts'
import { SimulationError } from './simulation-error.ts'
import { type Played, playIn, type WorldOptions } from './world.ts'

/** How a workflow is tried out. */
export interface SimulateOptions {
  /** Where chance begins; the same seed gives the same worlds. Default: 1. */
  readonly seed?: number
  /** How many worlds, each with a seed of its own: the next number. Default: 100. */
  readonly runs?: number
  /** How many workers, each of which serves every queue; or a list of the queues of each. Default: 3. */
  readonly workers?: number | readonly (readonly string[])[]
  /** What may go wrong. Default: everything. */
  readonly faults?: readonly Fault[]
  /** What must hold. Default: everything. */
  readonly invariants?: readonly Invariant[]
  /** Throws if something is not as it must be; it is asked at the end of each world. */
  readonly check?: (seen: Seen) => void | Promise<void>
  /** Makes anew what tasks change outside of their world, such as a mail server that only pretends; before each world. */
  readonly reset?: () => void | Promise<void>
  /** What stands between a process and its line to the backend: for those who try out a backend of their own. */
  readonly through?: WorldOptions['through']
  /** What a world lives on: for those who change the memory backend itself. Default: `memoryBackend`. */
  readonly memory?: WorldOptions['memory']
}

/** What a check is told of a world that is over. */
export interface Seen {
  readonly end: End
  /** Every attempt that was begun, in order; also those that came to nothing, as their workers were lost. */
  readonly ran: readonly Ran[]
}

/** What was tried out. */
export interface Simulated {
  readonly runs: number
  /** In all of them together. */
  readonly steps: number
  /** How the workflow ends when nothing goes wrong. */
  readonly end: End
}

const OPTIONS: Record<keyof SimulateOptions, OptionKind> = {
  seed: { is: (value) => isWhole(value, 0), hint: 'Give a whole number from 0.' },
  runs: KINDS.count,
  workers: {
    is: (value) => KINDS.count.is(value) || (isList(value) && value.every(KINDS.queues.is)),
    hint: "Give how many, or the queues of each: [['default'], ['mail', 'default']].",
  },
  faults: listOf(FAULT_NAMES),
  invariants: listOf(INVARIANT_NAMES),
  check: KINDS.deed,
  reset: KINDS.deed,
  through: KINDS.deed,
  memory: KINDS.deed,
}

/** Far more than any workflow takes that ends at all; and of one that is disturbed, how many times what it takes undisturbed, and besides. */
const MOST_STEPS = 200_000
const MOST_TIMES = 20
const MOST_STEPS_BESIDES = 2_000
/** How many steps may be taken to find a shorter way: worlds that never end are long. */
const MOST_STEPS_OF_TRIALS = 20_000

/** What is wrong in a world. */
interface Problem {
  readonly broken: Invariant | 'check'
  readonly says: string
}

/**
 * Plays a canvas in many worlds, in each of which other things go wrong, and in another order: a producer and some workers,
 * with every step chosen by a seed. If something does not hold in one of them, that is thrown, with the shortest way there
 * as a timeline.
 */
export async function simulate(
  app: App,
  canvas: AnySignature,
  options: SimulateOptions = {},
): Promise<Simulated> {
  checkOptions(options, OPTIONS, 'simulate')
  if (typeof app?.twin !== 'function') throw noApp(app)
  checkNames('fault', options.faults, FAULT_NAMES)
  checkNames('invariant', options.invariants, INVARIANT_NAMES)
  checkTasks(app, canvas)
  return explore(app, canvas, options)
}

/** The same, whatever the canvas calls: a task that nobody knows fails when it is run. */
export async function explore(app: App, canvas: AnySignature, options: SimulateOptions): Promise<Simulated> {
  const { seed = 1, runs = 100, workers = 3, faults = FAULT_NAMES, invariants = INVARIANT_NAMES } = options
  const { check, reset, through = (line) => line, memory = memoryBackend } = options

  async function play(schedule: Schedule, mostSteps: number): Promise<Played> {
    await reset?.()
    return playIn(app, canvas, schedule, { workers, through, memory, mostSteps })
  }
  async function problemIn(played: Played): Promise<Problem | null> {
    for (const broken of INVARIANT_NAMES) {
      const says = invariants.includes(broken) ? INVARIANTS[broken](played, calm) : null
      if (says !== null) return { broken, says }
    }
    const { end, history } = played
    const says = await refusalOf(check, { end, ran: history.ran })
    return says === null ? null : { broken: 'check', says }
  }

  const calm = await play(CALM, MOST_STEPS)
  const mostSteps = MOST_STEPS_BESIDES + MOST_TIMES * calm.steps
  const first = await problemIn(calm)
  if (first !== null) throw failed(seed, first, calm, CALM, [])
  let { steps } = calm
  for (let nth = 0; nth < runs; nth++) {
    const schedule = drawSchedule(new Chance(seed + nth), calm.steps, faults)
    const played = await play(schedule, mostSteps)
    steps += played.steps
    const problem = await problemIn(played)
    if (problem === null) continue
    let left = MOST_STEPS_OF_TRIALS
    const short = await shortest(schedule, async (shorter) => {
      if (left <= 0) return false
      const tried = await play(shorter, mostSteps)
      left -= tried.steps
      const found = await problemIn(tried)
      return found?.broken === problem.broken
    })
    const shown = await play(short, mostSteps)
    const found = (await problemIn(shown)) ?? problem
    const isLeaking = (await problemIn(await play(CALM, mostSteps))) !== null
    throw failed(seed + nth, found, shown, short, isLeaking ? [leakAdvice(reset)] : [])
  }
  return { runs, steps, end: calm.end }
}

async function refusalOf(check: SimulateOptions['check'], seen: Seen): Promise<string | null> {
  try {
    await check?.(seen)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function failed(
  seed: number,
  { broken, says }: Problem,
  { history }: Played,
  { faults }: Schedule,
  advice: readonly string[],
): SimulationError {
  return new SimulationError({
    seed,
    broken,
    says,
    lines: history.lines,
    faults: faults.map(({ fault }) => fault),
    advice,
  })
}

/** The same world went well at first: what differs lies outside of it. */
function leakAdvice(reset: SimulateOptions['reset']): string {
  const what =
    'By now a world in which nothing goes wrong fails as well, so something is kept from one to the next.'
  return reset === undefined
    ? `${what} Make it anew in \`reset\`, which is called before each world.`
    : `${what} \`reset\` does not make all of it anew.`
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

function listOf(names: readonly string[]): OptionKind {
  return { is: Array.isArray, hint: `Give a list of some of ${names.join(', ')}.` }
}

function checkNames(what: string, given: readonly string[] = [], names: readonly string[]): void {
  const stranger = given.find((name) => !names.includes(name))
  if (stranger === undefined) return
  const advice = didYouMean(stranger, names) || ` There are ${names.join(', ')}.`
  throw new ArpeggioError('option-invalid', `simulate knows no ${what} ${show(stranger)}.${advice}`)
}

/** In a world all tasks are run, and so each has to be known. */
function checkTasks(app: App, canvas: AnySignature): void {
  const problem = validate(signature(canvas, app)).find(({ code }) => code === 'task-unknown')
  if (problem === undefined) return
  throw new ArpeggioError(
    problem.code,
    `${problem.message} To simulate it, make it in this app as well: a function in its place will do (the canvas has it at ${problem.path}).`,
  )
}

function noApp(given: unknown): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `simulate was given ${show(given)} where an app belongs. Write simulate(app, canvas).`,
  )
}
