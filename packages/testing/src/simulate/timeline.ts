import type { Happened } from './history.ts'

/** What happened, a line each: when, to whom, what. What went wrong stands out. */
export function timelineOf(lines: readonly Happened[]): string {
  const rows = lines.map(({ ms, who, what, isFault }) => ({
    when: `${(ms / 1_000).toFixed(3)} s`,
    who,
    what: `${isFault ? '!!' : '  '} ${what}`,
  }))
  const width = (of: (row: (typeof rows)[0]) => string): number =>
    Math.max(0, ...rows.map((row) => of(row).length))
  const [when, who] = [width((row) => row.when), width((row) => row.who)]
  return rows.map((row) => `${row.when.padStart(when)}  ${row.who.padEnd(who)} ${row.what}`).join('\n')
}
