import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { API } from 'typescript/unstable/sync'
import { expect, it, onTestFinished } from 'vitest'

const CANVAS = fileURLToPath(new URL('../../packages/canvas', import.meta.url))

/*
 * Settings are typed by a table, and their comments with them. Whether those arrive is asked of the compiler: an editor
 * shows what it says.
 */

it.each([
  ['AppOptions', 'src/config/app-options.ts'],
  ['Settings', 'src/config/settings.ts'],
  ['Config', 'src/config/settings.ts'],
])('an editor can tell of each of the %s what it says', (type, file) => {
  const told = commentsOf(type, join(CANVAS, file))
  expect(told.get('taskAcksLate')).toBe('`false`: tasks are run at most once.')
  expect([...told].filter(([, comment]) => comment === '')).toEqual([])
})

/** What is written of each property of an exported type. */
function commentsOf(type: string, file: string): Map<string, string> {
  const api = new API({ cwd: CANVAS })
  onTestFinished(() => api.close())
  const snapshot = api.updateSnapshot({ openProjects: [join(CANVAS, 'tsconfig.json')] })
  const checker = snapshot.getProjects()[0]?.checker
  const position = readFileSync(file, 'utf8').search(new RegExp(`(?<=export (type|interface) )${type}\\b`))
  const symbol = checker?.getSymbolAtPosition(file, position)
  const declared = symbol && checker?.getDeclaredTypeOfSymbol(symbol)
  if (checker === undefined || declared === undefined) throw new Error(`there is no type ${type} in ${file}`)
  return new Map(
    checker
      .getPropertiesOfType(declared)
      .map((property) => [property.name, checker.getDocumentationCommentOfSymbol(property)]),
  )
}
