import type { Scale } from '../peer/measures.ts'
import { lineOf, shown } from '../table.ts'
import { grow } from './growth.ts'
import type { Grown } from './producer.ts'

const COLUMNS: Readonly<Record<keyof Grown, string>> = {
  members: 'members',
  launchMs: 'delay(), ms',
  producerMB: 'producer, MB',
  queuedBytes: 'queued, bytes each',
  tasksPerSecond: 'tasks a second',
  doneBytes: 'done, bytes each',
  launchingPingMs: 'worst ping, launching, ms',
  runningPingMs: 'running, ms',
}

/** Writes down what a group costs from size to size; gives all of it as data. */
export async function reportGrowth(
  scale: Scale,
  rounds: number,
  write: (text: string) => void,
): Promise<readonly Grown[]> {
  const keys = Object.keys(COLUMNS) as (keyof Grown)[]
  const widths = keys.map((key) => Math.max(10, COLUMNS[key].length))
  write(lineOf(Object.values(COLUMNS), widths))
  const rows: Grown[] = []
  for await (const grown of grow(scale, rounds)) {
    write(
      lineOf(
        keys.map((key) => shown(grown[key])),
        widths,
      ),
    )
    rows.push(grown)
  }
  return rows
}
