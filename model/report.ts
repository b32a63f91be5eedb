import { check } from './spin.ts'
import { BROKEN, BUILT } from './variants.ts'

/*
 * `npm run model`: checks the model in all its forms, and says what was found. It fails when a promise breaks in what is
 * built, or when none breaks in what is not.
 */

const histories: string[] = []
let isFine = true

function tell(name: string, states: number, found: string): void {
  console.log(`| ${name.padEnd(30)} | ${states.toLocaleString('en').padStart(9)} | ${found.padEnd(56)} |`)
}

function complain(name: string, why: string): void {
  isFine = false
  histories.push(`${name}: ${why}`)
}

console.log(`| ${'form'.padEnd(30)} | ${'states'.padStart(9)} | ${'found'.padEnd(56)} |`)
console.log(`|${'-'.repeat(32)}|${'-'.repeat(10)}:|${'-'.repeat(58)}|`)
for (const { name, defines } of BUILT) {
  const { states, history } = await check(defines, 'everything')
  tell(name, states, history === null ? 'every promise holds' : (history.at(-1) ?? ''))
  if (history !== null) complain(name, ['a promise breaks', ...history].join('\n  '))
}
const { states, history } = await check([], 'endless')
tell('2 members, 2 workers', states, history === null ? 'every history ends' : 'a history never ends')
if (history !== null) complain('2 members, 2 workers', ['a history never ends', ...history].join('\n  '))
for (const { name, defines, breaks } of BROKEN) {
  const { states, history } = await check(defines, 'shortest')
  const found = history?.at(-1)?.replace('BROKEN: ', '') ?? 'nothing'
  tell(name, states, found)
  if (found !== breaks) complain(name, `it should be found that ${breaks}`)
  if (history !== null) histories.push([`${name}:`, ...history].join('\n  '))
}
console.log(`\n${histories.join('\n\n')}`)
process.exitCode = isFine ? 0 : 1
