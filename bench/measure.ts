import { within } from './within.ts'

/** The longest that one round may take. */
const LONGEST_MS = 180_000

/** Something that is measured: one round gives one figure for each of its names. */
export interface Measure {
  readonly figures: readonly Figure[]
  /** How many rounds at most, where one takes long. */
  readonly most?: number
  run(): Promise<readonly number[]>
}

/** Measures something, and writes it down. */
export type Take = (measure: Measure) => Promise<void>

/** What a figure says. Of what is per second, more is better. */
export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 'MB' | 'tasks/s' | 'messages/s'
}

/** A row of the table. */
export interface Row {
  readonly backend: string
  readonly measure: string
  readonly median: number
  readonly best: number
  readonly unit: Figure['unit']
}

/** Runs a measure a few times after a warm-up, and the median counts. */
export async function takeRows(
  backend: string,
  { figures, most, run }: Measure,
  asked: number,
): Promise<Row[]> {
  const rounds = Math.min(asked, most ?? asked)
  await within(LONGEST_MS, run())
  const taken: (readonly number[])[] = []
  for (let round = 0; round < rounds; round++) taken.push(await within(LONGEST_MS, run()))
  return figures.map(({ name, unit }, column) => {
    const sorted = taken.map((round) => round[column] as number).sort((a, b) => a - b)
    const best = unit.endsWith('/s') ? sorted.at(-1) : sorted[0]
    return { backend, measure: name, median: rounded(sorted[rounds >> 1]), best: rounded(best), unit }
  })
}

function rounded(value = Number.NaN): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100
}

/** How long a deed takes, in milliseconds. */
export async function timed(deed: () => unknown): Promise<number> {
  const start = performance.now()
  await deed()
  return performance.now() - start
}

/** A number of things, in words. */
export function many(count: number): string {
  return count.toLocaleString('en')
}

/** The one in the middle. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
