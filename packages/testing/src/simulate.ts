import { isDeepStrictEqual } from 'node:util'
import type { AnySignature, App } from '@arpeggio/canvas'
import { Chance } from './chance.ts'
import type { End } from './end.ts'
import { CALM, drawSchedule, FAULTS, type Fault, type Schedule } from './schedule.ts'
import { shortest } from './shortest.ts'
import { timelineOf } from './timeline.ts'
import { type Played, playIn, type WorldOptions } from './world.ts'

/** How a workflow is tried out. */
export interface SimulateOptions {
  /** Where chance begins; the same seed gives the same worlds. Default: 1. */
  readonly seed?: number
  /** How many worlds, each with a seed of its own: the next number. Default: 100. */
  readonly runs?: number
  /** Default: 3. */
  readonly workers?: number
  /** What may go wrong. Default: everything. */
  readonly faults?: readonly Fault[]
  /** Throws if an end is not as it must be; it is asked in each world. */
  readonly check?: (end: End) => void | Promise<void>
  /** What stands between a process and its backend: for those who try out a backend of their own. */
  readonly through?: WorldOptions['through']
}

/** What was tried out. */
export interface Simulated {
  readonly runs: number
  /** In all of them together. */
  readonly steps: number
  /** How the workflow ends when nothing goes wrong. */
  readonly end: End
}

const NAMES = Object.keys(FAULTS) as Fault[]

/**
 * Plays a canvas in many worlds, in each of which other things go wrong, and in another order. However it goes, everybody
 * who waits returns, nothing is published twice, and all ends as if nothing had gone wrong; else that is thrown, with the
 * shortest way there as a timeline.
 */
export async function simulate(
  app: App,
  canvas: AnySignature,
  options: SimulateOptions = {},
): Promise<Simulated> {
  const { seed = 1, runs = 100, workers = 3, faults = NAMES, through = (backend) => backend } = options
  const play = (schedule: Schedule): Promise<Played> => playIn(app, canvas, schedule, { workers, through })
  const calm = await play(CALM)
  const problemOf = async (played: Played): Promise<string | null> =>
    (await wrongIn(played, calm)) ?? (await refusedBy(options.check, played.end))
  const first = await problemOf(calm)
  if (first !== null) throw failed(seed, first, calm, CALM)
  let { steps } = calm
  for (let nth = 0; nth < runs; nth++) {
    const schedule = drawSchedule(new Chance(seed + nth), calm.steps, faults)
    const played = await play(schedule)
    steps += played.steps
    const problem = await problemOf(played)
    if (problem === null) continue
    const short = await shortest(schedule, async (shorter) => (await problemOf(await play(shorter))) !== null)
    const shown = await play(short)
    throw failed(seed + nth, (await problemOf(shown)) ?? problem, shown, short)
  }
  return { runs, steps, end: calm.end }
}

/** Why a world did not end as the calm one did, if so. */
async function wrongIn(played: Played, calm: Played): Promise<string | null> {
  if (played.end.state === 'STUCK') return 'whoever waits for it waits for ever'
  const [twice] = played.history.publishedTwice()
  if (twice !== undefined) return `${twice} was published twice`
  if (/WorkerLostError/.test(show(played.end))) return null // a task that is run at most once may be lost with its worker
  if (!isDeepStrictEqual(played.end, calm.end))
    return `it ended as ${show(played.end)}, and undisturbed as ${show(calm.end)}`
  const other = played.states.find((state, nth) => state !== calm.states[nth])
  if (other !== undefined || played.states.length !== calm.states.length)
    return `its nodes stand otherwise than undisturbed: ${other ?? 'some are missing'}`
  return null
}

async function refusedBy(check: SimulateOptions['check'], end: End): Promise<string | null> {
  try {
    await check?.(end)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function show(end: End): string {
  return JSON.stringify(end)
}

/** A world in which something went wrong that must not. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  /** What plays that world again. */
  readonly seed: number

  constructor(seed: number, message: string) {
    super(message)
    this.seed = seed
  }
}

function failed(seed: number, problem: string, played: Played, { faults }: Schedule): SimulationError {
  const what =
    faults.length === 0 ? 'though nothing went wrong' : `after ${faults.map(({ fault }) => fault).join(', ')}`
  return new SimulationError(
    seed,
    `In a simulated world ${problem}, ${what}. Play it again with { seed: ${seed}, runs: 1 }.\n\n${timelineOf(played.history)}`,
  )
}
