import { parseArgs } from 'node:util'
import { chainOf, chordOf, compileAndDraw, groupOf, type Measure, noopThroughput } from './measures.ts'

/*
 * Speed in numbers: `npm run bench`, or `npm run bench -- --json` for machines (the last line is one JSON object).
 * Each measure runs a few times after a warm-up, and the median counts; compare ratios within one run, not absolute
 * numbers between machines.
 */

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '5' } },
})
const rounds = Number(flags.rounds)

const measures: Measure[] = [
  noopThroughput(100_000),
  chordOf(100_000),
  groupOf(100_000),
  chainOf(10_000),
  ...compileAndDraw(100_000),
]

const rows: { measure: string; median: number; best: number; unit: string }[] = []
for (const { name, unit, run } of measures) {
  await run()
  const figures: number[] = []
  for (let round = 0; round < rounds; round++) figures.push(await run())
  figures.sort((a, b) => a - b)
  const best = unit.endsWith('/s') ? figures.at(-1) : figures[0]
  rows.push({ measure: name, median: round(figures[rounds >> 1]), best: round(best), unit })
  if (!flags.json) process.stdout.write(`${rowText(rows.at(-1))}\n`)
}
if (flags.json) process.stdout.write(`${JSON.stringify({ backend: 'memory', rounds, rows })}\n`)

function rowText(row: (typeof rows)[number] | undefined): string {
  if (row === undefined) return ''
  const number = (value: number): string => value.toLocaleString('en').padStart(12)
  return `${row.measure.padEnd(52)}${number(row.median)}${number(row.best)}  ${row.unit}`
}

function round(value: number | undefined): number {
  const number = value ?? Number.NaN
  return number >= 100 ? Math.round(number) : Math.round(number * 100) / 100
}
