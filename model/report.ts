import { flagsOf } from '../test/support/flags.ts'
import { check, type Finding } from './spin.ts'
import { BROKEN, BUILT, type Form, LARGE } from './variants.ts'

/*
 * `npm run model`: checks the model in all its forms, and says what was found. It fails when a promise breaks in what is
 * built, or when none breaks in what is not. `--full` goes through larger forms as well.
 */

const flags = flagsOf({ usage: 'npm run model -- [--full]', options: { full: { type: 'boolean' } } })
const histories: string[] = []
let isFine = true

function tell(name: string, states: number, found: string): void {
  console.log(`| ${name.padEnd(30)} | ${states.toLocaleString('en').padStart(10)} | ${found.padEnd(56)} |`)
}

function complain(name: string, why: string): void {
  isFine = false
  histories.push(`${name}: ${why}`)
}

function tellOfBuilt({ name }: Form, { states, history }: Finding): void {
  tell(name, states, history === null ? 'every promise holds' : (history.at(-1) ?? ''))
  if (history !== null) complain(name, ['a promise breaks', ...history].join('\n  '))
}

/** All at once: most of the time goes into making checkers. */
function checkAll<F extends Form>(
  forms: readonly F[],
  search: Parameters<typeof check>[1],
): Promise<[F, Finding][]> {
  return Promise.all(forms.map(async (form) => [form, await check(form.defines, search)] as [F, Finding]))
}

const [built, [endless], broken] = await Promise.all([
  checkAll(BUILT, 'everything'),
  checkAll(BUILT.slice(0, 1), 'endless'),
  checkAll(BROKEN, 'shortest'),
])
console.log(`| ${'form'.padEnd(30)} | ${'states'.padStart(10)} | ${'found'.padEnd(56)} |`)
console.log(`|${'-'.repeat(32)}|${'-'.repeat(11)}:|${'-'.repeat(58)}|`)
for (const [form, finding] of built) tellOfBuilt(form, finding)
for (const form of flags.full ? LARGE : []) {
  tellOfBuilt(form, await check(form.defines, 'everything, at length')) // one at a time, for their size
}
const [{ name }, { states, history }] = endless as [Form, Finding]
tell(name, states, history === null ? 'every history ends' : 'a history never ends')
if (history !== null) complain(name, ['a history never ends', ...history].join('\n  '))
for (const [{ name, breaks }, { states, history }] of broken) {
  const found = history?.at(-1)?.replace('BROKEN: ', '') ?? 'nothing'
  tell(name, states, found)
  if (found !== breaks) complain(name, `it should be found that ${breaks}`)
  if (history !== null) histories.push([`${name}:`, ...history].join('\n  '))
}
console.log(`\n${histories.join('\n\n')}`)
process.exitCode = isFine ? 0 : 1
