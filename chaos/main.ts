import { tell } from '../test/support/arbitrary-canvas.ts'
import { flagsOf, misused, wholeOf } from '../test/support/flags.ts'
import { CHARGES, type Finding } from './auditor.ts'
import { conduct, type Performance } from './conductor.ts'
import { drawPlans } from './drawing.ts'
import { measureReplication } from './replication.ts'
import { FULL, LANES, part, SHORT, type Sizes } from './size.ts'
import type { StageName } from './stage.ts'
import { countOf, replicationTableOf, tableOf } from './table.ts'

/*
 * Random workflows on real servers while everything goes wrong: `npm run chaos`, explained in docs/chaos.md.
 *
 *   --short, --full  about a minute, or all of it; a tenth of all of it if neither is said
 *   --seed n         the same workflows, and the same faults at the same stage of the work
 *   --only name      one part of it: single, sentinel, cluster or replication
 *   --json           the last line is one JSON object
 */

const NAMES = LANES.flat()
const USAGE = `npm run chaos -- [--short | --full] [--seed n] [--only ${[...NAMES, 'replication'].join('|')}] [--json]`
const flags = flagsOf({
  usage: USAGE,
  options: {
    short: { type: 'boolean' },
    full: { type: 'boolean' },
    seed: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean' },
  },
})
if (flags.short && flags.full) misused(USAGE, 'It is --short or --full')
const seed = wholeOf(USAGE, '--seed', flags.seed ?? String(Math.floor(Math.random() * 2 ** 31)), 0)
const sizes: Sizes = flags.full ? FULL : flags.short ? SHORT : part(FULL, 0.1)
const isAsked = (part: string): boolean => flags.only === undefined || flags.only === part
if (![...NAMES, 'replication'].some(isAsked)) misused(USAGE, `There is no part '${flags.only}'`)

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())

say(`seed ${seed}`)
const lanes = LANES.map(performAll)
await Promise.allSettled(lanes) // whatever comes of one, the others stop their servers as well
const performances = (await Promise.all(lanes).catch(unlessInterrupted)).flat()
const replication = isAsked('replication')
  ? await measureReplication(interruption.signal).catch(unlessInterrupted)
  : []
if (performances.length > 0) say(`\n${tableOf(performances)}\n`)
if (replication.length > 0) say(`${replicationTableOf(replication)}\n`)
const isClean =
  performances.every(({ findings, accidents }) => findings.length + accidents.length === 0) &&
  replication.every(({ isSafe, lost }) => !isSafe || lost === 0)
if (!isClean) {
  const size = flags.full ? ' --full' : flags.short ? ' --short' : ''
  const only = flags.only === undefined ? '' : ` --only ${flags.only}`
  say(`Not all is as it should be. Again: npm run chaos -- --seed ${seed}${size}${only}`)
}
if (flags.json) {
  const told = performances.map((performance) => ({
    ...performance,
    ...Object.fromEntries(CHARGES.map((charge) => [charge, countOf(performance.findings, charge)])),
  }))
  process.stdout.write(`${JSON.stringify({ seed, isClean, performances: told, replication })}\n`)
}
process.exitCode = isClean ? 0 : 1

/** One after another. */
async function performAll(names: readonly StageName[]): Promise<readonly Performance[]> {
  const performances: Performance[] = []
  for (const name of names.filter(isAsked)) {
    const performance = await conduct(name, sizes[name], seed, interruption.signal)
    performances.push(performance)
    say(`${name}: ${JSON.stringify(performance.faults)}`)
    for (const accident of performance.accidents) say(`${name}: ${accident}`)
    for (const finding of performance.findings.slice(0, 20)) say(`${name}: ${lineOf(finding)}`)
  }
  return performances
}

/** By then all is stopped. */
function unlessInterrupted(error: unknown): never {
  if (!interruption.signal.aborted) throw error
  say('interrupted')
  process.exit(1)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function lineOf({ charge, workflow, run, what }: Finding): string {
  if (workflow === null) return `${charge}: ${run ?? ''} ${what}`
  const { node, table } = drawPlans(seed).canvas(workflow)
  return `${charge}: workflow ${workflow} (run ${run}): ${what}${tell(node, table).slice(0, 500)}`
}
