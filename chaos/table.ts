import type { CHARGES, Finding } from './auditor.ts'
import type { Performance } from './conductor.ts'
import type { Replication } from './replication.ts'

type Charge = (typeof CHARGES)[number]

const COLUMNS: readonly (readonly [head: string, cell: (of: Performance) => number | string])[] = [
  ['servers', ({ stage }) => stage],
  ['workflows', ({ workflows }) => workflows],
  ['calls', ({ calls }) => calls],
  ['kills', ({ columns }) => columns.kills],
  ['stops', ({ columns }) => columns.stops],
  ['server kills', ({ columns }) => columns.serverKills],
  ['failovers', ({ columns }) => columns.failovers],
  ['other faults', ({ columns }) => columns.others],
  ['sent again', ({ resent }) => resent],
  ['run again', ({ redeliveries }) => redeliveries],
  ['lost', of('lost')],
  ['twice', of('twice')],
  ['stuck', of('stuck')],
  ['wrong', of('wrong')],
  ['keys left', of('keysLeft')],
  ['seconds', ({ seconds }) => seconds],
]

/** How often something was found that must not be. */
export function countOf(findings: readonly Finding[], charge: Charge): number {
  return findings.filter((finding) => finding.charge === charge).length
}

/** What was done and what came of it, as Markdown. */
export function tableOf(performances: readonly Performance[]): string {
  return markdown([
    COLUMNS.map(([head]) => head),
    ...performances.map((performance) => COLUMNS.map(([, cell]) => String(cell(performance)))),
  ])
}

/** What was lost by replication. It is counted nowhere else. */
export function replicationTableOf(measured: readonly Replication[]): string {
  return markdown([
    ['sent to a master that dies', 'acknowledged', 'refused', 'lost by replication'],
    ...measured.map(({ how, acknowledged, refused, lost }) => [
      how,
      ...[acknowledged, refused, lost].map(String),
    ]),
  ])
}

/** Rows of equally wide cells, the first of which are heads. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [heads = []] = rows
  const widths = heads.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [heads, rule, ...rows.slice(1)]
    .map(
      (row) =>
        `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`,
    )
    .join('\n')
}

function of(charge: Charge): (performance: Performance) => number {
  return ({ findings }) => countOf(findings, charge)
}
