import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { addToCorpus, corpusOf } from './corpus.ts'
import { arbitraryInput } from './inputs.ts'
import { TARGETS } from './targets.ts'

/*
 * Fuzzes for so long: npm run fuzz -- --seconds 600 --seed 7. What crashes is made as small as can be, shown, and added to
 * the corpus, so that it is read in every test from then on.
 */

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
const chosen = Object.entries(TARGETS).filter(([name]) => values.only === undefined || name === values.only)
if (!(seconds > 0) || !Number.isInteger(seed) || chosen.length === 0)
  throw new Error(
    `give --seconds, --seed as a whole number, and --only as one of ${Object.keys(TARGETS).join(', ')}`,
  )
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
