import type { AnySignature, App } from '@arpeggio/canvas'
import { memoryBackend } from '@arpeggio/core'
import type { End } from './end.ts'
import { FAULT_NAMES } from './faults.ts'
import { INVARIANT_NAMES, INVARIANTS, type Invariant } from './invariants.ts'
import type { Seen, SimulateOptions } from './options.ts'
import { CALM, drawSchedule, type Schedule } from './schedule.ts'
import { shortest } from './shortest.ts'
import { SimulationError } from './simulation-error.ts'
import { type Played, playIn } from './world.ts'

/** What was tried out. */
export interface Simulated {
  readonly runs: number
  /** In all of them together. */
  readonly steps: number
  /** How the workflow ends when nothing goes wrong. */
  readonly end: End
}

/** Far more than any workflow takes that ends at all; and of one that is disturbed, how many times what it takes undisturbed, and besides. */
const MOST_STEPS = 200_000
const MOST_TIMES = 20
const MOST_STEPS_BESIDES = 2_000
/** How many steps may be taken to find a shorter way: worlds that never end are long. */
const MOST_STEPS_OF_TRIALS = 40_000

/** What is wrong in a world. */
interface Problem {
  readonly broken: Invariant | 'check'
  readonly says: string
}

/**
 * Plays a canvas undisturbed, and then in one world after the other, until something does not hold; the shortest way there is
 * looked for, and thrown. A task that nobody knows fails when it is run.
 */
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
    const schedule = drawSchedule(seed + nth, calm.steps, faults)
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
    const found = await problemIn(shown)
    const isLeaking = (await problemIn(await play(CALM, mostSteps))) !== null
    const advice = isLeaking ? [leakAdvice(reset)] : found === null ? [CHANCE_ADVICE] : []
    const [what, where, way] = found === null ? [problem, played, schedule] : [found, shown, short]
    throw failed(seed + nth, what, where, way, advice)
  }
  return { runs, steps, end: calm.end }
}

async function refusalOf(check: SimulateOptions['check'], seen: Seen): Promise<string | null> {
  try {
    const answer: unknown = await check?.(seen)
    return answer === false ? 'it returned false' : null // who returns that does not mean that all is well
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

/** The same world, played again, goes well. */
const CHANCE_ADVICE =
  'Played once more, nothing was wrong in it, so it is not the same each time: look for what tasks, `check` or `reset` take from outside, such as Math.random(), Date.now() or a file.'

/** The calm world went well at first, and does no longer: what differs lies outside of it. */
function leakAdvice(reset: SimulateOptions['reset']): string {
  const kept =
    reset === undefined
      ? 'something is kept from one to the next: make it anew in `reset`, which is called before each world'
      : 'something is kept from one to the next: `reset` does not make all of it anew'
  return `By now a world in which nothing goes wrong fails as well. Either ${kept}. Or a task is not the same each time: look for Math.random(), Date.now() or a file.`
}
