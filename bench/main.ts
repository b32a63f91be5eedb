import { flagsOf, misused, wholeOf } from '../test/support/flags.ts'
import { BACKENDS, reportAlone } from './alone.ts'
import { reportGrowth } from './growth/report.ts'
import { namesOf } from './peer/contest.ts'
import { MEASURES } from './peer/measures.ts'
import { reportPeers } from './peer/report.ts'
import { reportTypes } from './types/report.ts'

/*
 * Speed in numbers, as medians of rounds. Compare ratios within one run, not absolute numbers between machines.
 *
 *   npm run bench               we alone; `--only memory` or `--only redis` for one backend
 *   npm run bench -- --peer     BullMQ beside us, and Celery if it is here; `--only chain-1000` for one measure
 *   npm run bench -- --growth   a group of 1,000, and on to 1,000,000
 *   npm run bench -- --types    what our types cost the compiler
 *
 * `--rounds 3` says how many rounds, `--short` takes small sizes, with `--json` the last line is one JSON object.
 * It fails when something could not be measured or gave a wrong value, never for being slow.
 */

const USAGE = 'npm run bench -- [--peer | --growth | --types] [--only name] [--rounds n] [--short] [--json]'
const flags = flagsOf({
  usage: USAGE,
  options: {
    json: { type: 'boolean' },
    peer: { type: 'boolean' },
    growth: { type: 'boolean' },
    types: { type: 'boolean' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    short: { type: 'boolean' },
  },
})

const scale = flags.short ? 'short' : 'full'
const rounds = wholeOf(USAGE, '--rounds', flags.rounds ?? (flags.short ? '1' : '5'), 1)
if ([flags.peer, flags.growth, flags.types].filter(Boolean).length > 1)
  misused(USAGE, 'It is one of --peer, --growth and --types')
const parts = flags.peer ? MEASURES.flatMap(namesOf) : Object.keys(BACKENDS)
if (flags.only !== undefined && !parts.includes(flags.only))
  misused(USAGE, `There is no '${flags.only}' to measure: --only takes ${parts.join(', ')}`)
const write = (text: string): void => {
  process.stdout.write(text)
}

const told = await tell()
if (flags.json) process.stdout.write(`${JSON.stringify({ rounds, scale, ...told })}\n`)
for (const failure of told.failures) process.stderr.write(`failed: ${failure}\n`)
process.exitCode = told.failures.length > 0 ? 1 : 0

async function tell(): Promise<{ readonly rows: readonly object[]; readonly failures: readonly string[] }> {
  if (flags.peer) return reportPeers({ scale, rounds, only: flags.only }, write)
  if (flags.growth) return { rows: await reportGrowth(scale, rounds, write), failures: [] }
  if (flags.types) return { rows: await reportTypes(rounds, write), failures: [] }
  return { rows: await reportAlone(flags.only, rounds, write), failures: [] }
}
