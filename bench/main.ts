import { parseArgs } from 'node:util'
import { type Measure, type Row, takeRows } from './measure.ts'
import { measureMemory } from './memory.ts'
import { measureRedis } from './redis.ts'

/*
 * Speed in numbers: `npm run bench`, or `npm run bench -- --json` for machines (the last line is one JSON object), with
 * `--only memory` or `--only redis` for one of the two. Each measure runs a few times after a warm-up, and the median counts;
 * compare ratios within one run, not absolute numbers between machines.
 */

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
  },
})
const BACKENDS = { memory: measureMemory, redis: measureRedis }

const rows: Row[] = []
for (const [backend, measure] of Object.entries(BACKENDS)) {
  if (flags.only !== undefined && flags.only !== backend) continue
  await measure(async (one: Measure) => {
    for (const row of await takeRows(backend, one, Number(flags.rounds))) {
      rows.push(row)
      if (!flags.json) process.stdout.write(`${lineOf(row)}\n`)
    }
  })
}
if (rows.length === 0) throw new Error(`--only takes ${Object.keys(BACKENDS).join(' or ')}`)
if (flags.json) process.stdout.write(`${JSON.stringify({ rounds: Number(flags.rounds), rows })}\n`)

function lineOf({ backend, measure, median, best, unit }: Row): string {
  const number = (value: number): string => value.toLocaleString('en').padStart(10)
  return `${backend.padEnd(8)}${measure.padEnd(64)}${number(median)}${number(best)}  ${unit}`
}
