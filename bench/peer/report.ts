import { lineOf, rounded, shown } from '../table.ts'
import { pythonWithCelery } from './celery.ts'
import { type Comparison, type Contest, compare } from './contest.ts'
import type { Figure } from './measures.ts'

/** Writes the comparison down line by line; gives all of it as data. */
export async function reportPeers(
  contest: Omit<Contest, 'python'>,
  write: (text: string) => void,
): Promise<{ readonly rows: readonly object[]; readonly failures: readonly string[] }> {
  const python = pythonWithCelery()
  if (python === null) write('Celery is left out: no Python here has it (Debian: python3-celery).\n')
  write(lineOf(['', 'unit', 'ours', 'BullMQ', 'ratio', 'aim', 'Celery'], WIDTHS))
  const rows: object[] = []
  const failures = new Set<string>()
  for await (const comparison of compare({ ...contest, python })) {
    write(lineOf(cellsOf(comparison), WIDTHS))
    rows.push(rowOf(comparison))
    for (const failure of comparison.failures) failures.add(failure)
  }
  return { rows, failures: [...failures] }
}

const WIDTHS = [24, 8, 10, 10, 8, 14, 10]

function cellsOf({ figure, medians, ratio }: Comparison): string[] {
  const { arpeggio, bullmq, celery } = medians
  return [
    figure.name,
    figure.unit,
    shown(arpeggio),
    shown(bullmq),
    ratio === null ? '–' : `${shown(ratio)}x`,
    aimOf(figure, ratio),
    celery === undefined ? '' : shown(celery),
  ]
}

function aimOf({ unit, aim }: Figure, ratio: number | null): string {
  if (aim === undefined) return ''
  const atLeast = unit === 'a second'
  const reached = ratio !== null && (atLeast ? ratio >= aim : ratio <= aim)
  return `${atLeast ? '≥' : '≤'} ${aim}x ${reached ? 'yes' : 'no '}`
}

function rowOf({ figure, medians, ratio }: Comparison): object {
  const values = Object.entries(medians).map(([side, value]) => [side, rounded(value)])
  return { ...figure, ...Object.fromEntries(values), ratio: ratio === null ? null : rounded(ratio) }
}
