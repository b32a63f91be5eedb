import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startProcess } from '../../test/support/process.ts'
import { startServer } from '../../test/support/redis-server.ts'
import { median } from '../measure.ts'
import { within } from '../within.ts'
import { CELERY_MEASURES, type Python, takeFromCelery } from './celery.ts'
import { type Figure, MEASURES, type Measure, type Scale } from './measures.ts'
import type { SideName } from './sides.ts'

/*
 * All sides on one private server, in alternation: ours, the peer's, and in the next round the other way round, so that neither
 * has the quieter machine. Each measurement has processes of its own and an empty server.
 */

/** What is compared, and how. */
export interface Contest {
  readonly scale: Scale
  readonly rounds: number
  /** A measure, or one of its figures. All of them, if none is named. */
  readonly only?: string | undefined
  /** A Python that has Celery, if there is one. */
  readonly python: Python | null
  /** How processes read TypeScript. As this one does, if nothing is said. */
  readonly nodeOptions?: readonly string[]
}

/** What came of one figure: medians of what was taken, and what went wrong. */
export interface Comparison {
  readonly figure: Figure
  readonly medians: Readonly<Partial<Record<Contestant, number>>>
  /** Ours to BullMQ's. */
  readonly ratio: number | null
  readonly failures: readonly string[]
}

export type Contestant = SideName | 'celery'

/** The longest that one measurement may take, warm-up and all. */
const LONGEST_MS = 180_000

/** Compares one measure after another, and tells of each of their figures. */
export async function* compare(contest: Contest): AsyncGenerator<Comparison> {
  const { scale, rounds, only, python, nodeOptions = process.execArgv } = contest
  await using server = await startServer()
  const redis = new Redis(server.url)
  for (const measure of measuresNamed(only)) {
    const takes: Record<Contestant, () => Promise<readonly number[]>> = {
      arpeggio: () => takeFrom('arpeggio', measure, scale, server.url, nodeOptions),
      bullmq: () => takeFrom('bullmq', measure, scale, server.url, nodeOptions),
      celery: () => takeFromCelery(python ?? '', measure, scale, server.url, LONGEST_MS),
    }
    const contestants: Contestant[] = ['arpeggio', 'bullmq']
    if (python !== null && CELERY_MEASURES.includes(measure.name)) contestants.push('celery')
    const taken: Record<Contestant, (readonly number[])[]> = { arpeggio: [], bullmq: [], celery: [] }
    const failures: string[] = []
    const failed = new Set<Contestant>()
    for (let round = 0; round < rounds; round++) {
      for (const side of round % 2 === 0 ? contestants : contestants.toReversed()) {
        if (failed.has(side)) continue
        await redis.flushall()
        try {
          taken[side].push(checked(await takes[side](), measure))
        } catch (error) {
          failed.add(side)
          failures.push(`${measure.name}, ${side}: ${error instanceof Error ? error.message : error}`)
        }
      }
    }
    yield* measure.figures.map((figure, column) => comparisonOf(figure, column, taken, failures))
  }
  redis.disconnect()
}

function measuresNamed(only: string | undefined): readonly Measure[] {
  return MEASURES.filter((measure) => only === undefined || namesOf(measure).includes(only))
}

/** By what one measure can be asked for: its own name, and those of its figures. */
export function namesOf({ name, figures }: Measure): readonly string[] {
  return [...new Set([name, ...figures.map((figure) => figure.name)])]
}

/** One measurement of a side, in processes of its own. */
async function takeFrom(
  side: SideName,
  { name }: Measure,
  scale: Scale,
  url: string,
  nodeOptions: readonly string[],
): Promise<readonly number[]> {
  const file = join(import.meta.dirname, 'producer.ts')
  const producer = startProcess(file, [side, url, scale], nodeOptions)
  try {
    return (await within(LONGEST_MS, producer.ask(name))) as readonly number[]
  } finally {
    await producer.kill() // its own processes end with it
  }
}

/** What is not a number above zero was not measured. */
function checked(numbers: readonly number[], { figures }: Measure): readonly number[] {
  const sound = numbers.length === figures.length && numbers.every((n) => Number.isFinite(n) && n > 0)
  if (!sound) throw new Error(`it gave ${numbers.join(', ')}`)
  return numbers
}

function comparisonOf(
  figure: Figure,
  column: number,
  taken: Readonly<Record<Contestant, readonly (readonly number[])[]>>,
  failures: readonly string[],
): Comparison {
  const medians: Partial<Record<Contestant, number>> = {}
  for (const side of ['arpeggio', 'bullmq', 'celery'] as const) {
    if (taken[side].length > 0)
      medians[side] = median(taken[side].map((numbers) => numbers[column] ?? Number.NaN))
  }
  const { arpeggio, bullmq } = medians
  const ratio = arpeggio === undefined || bullmq === undefined ? null : arpeggio / bullmq
  return { figure, medians, ratio, failures }
}
