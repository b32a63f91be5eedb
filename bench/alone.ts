import { type Measure, type Row, takeRows } from './measure.ts'
import { measureMemory } from './memory.ts'
import { measureRedis } from './redis.ts'
import { lineOf } from './table.ts'

/** What we can be measured on. */
export const BACKENDS = { memory: measureMemory, redis: measureRedis }
const WIDTHS = [8, 66, 10, 10, 10]

/** Writes down how fast we are alone, on one backend or on both; gives all of it as data. */
export async function reportAlone(
  only: string | undefined,
  rounds: number,
  write: (text: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [backend, measure] of Object.entries(BACKENDS)) {
    if (only !== undefined && only !== backend) continue
    await measure(async (one: Measure) => {
      for (const row of await takeRows(backend, one, rounds)) {
        rows.push(row)
        write(cellsOf(row))
      }
    })
  }
  return rows
}

function cellsOf({ backend, measure, median, best, unit }: Row): string {
  const [middle, top] = [median, best].map((value) => value.toLocaleString('en'))
  return lineOf([backend, measure.padEnd(66), middle ?? '', top ?? '', unit], WIDTHS)
}
