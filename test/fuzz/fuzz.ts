import fc from 'fast-check'
import { flagsOf, misused, wholeOf } from '../support/flags.ts'
import { addToCorpus, corpusOf } from './corpus.ts'
import { arbitraryInput } from './inputs.ts'
import { TARGETS } from './targets.ts'

/*
 * Fuzzes for so long: npm run fuzz -- --seconds 600 --seed 7. What crashes is made as small as can be, shown, and added to
 * the corpus, so that it is read in every test from then on.
 */

const NAMES = Object.keys(TARGETS)
const USAGE = `npm run fuzz -- [--seconds n] [--seed n] [--only ${NAMES.join('|')}]`
const flags = flagsOf({
  usage: USAGE,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seconds = wholeOf(USAGE, '--seconds', flags.seconds, 1)
const seed = wholeOf(USAGE, '--seed', flags.seed ?? String(Date.now() % 2 ** 31), 0)
const chosen = Object.entries(TARGETS).filter(([name]) => flags.only === undefined || name === flags.only)
if (chosen.length === 0) misused(USAGE, `There is no target '${flags.only}'`)
console.log(`seed ${seed}`)

for (const [name, { samples, read }] of chosen) {
  const inputs = arbitraryInput([...samples, ...corpusOf(name)])
  const interruptAfterTimeLimit = (seconds * 1_000) / chosen.length
  const numRuns = Number.MAX_SAFE_INTEGER
  const found = fc.check(fc.property(inputs, read), { seed, numRuns, interruptAfterTimeLimit })
  const [text] = found.counterexample ?? []
  console.log(`${name}: ${found.numRuns} texts${text === undefined ? '' : ', and one that crashes'}`)
  if (text === undefined) continue
  console.log(`  ${JSON.stringify(text)}\n  ${String(found.errorInstance)}`)
  addToCorpus(name, text)
  process.exitCode = 1
}
