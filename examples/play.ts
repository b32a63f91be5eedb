import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { command } from './command.ts'

/** Runs an example by its name, as if it had been started itself: npm run play 01-hello.ts */
const [file, ...others] = process.argv.slice(2)
const path = resolve(import.meta.dirname, file ?? '')
if (file !== undefined && path.endsWith('.ts') && existsSync(path)) {
  process.argv.splice(1, process.argv.length, path, ...others)
  await command(`see the first lines of ${file}.`, () => import(pathToFileURL(path).href))
} else {
  if (file !== undefined) console.error(`There is no file ${file} in examples.`)
  console.error('Usage: npm run play <file in examples>, which is one of')
  for (const name of readdirSync(import.meta.dirname)
    .sort()
    .flatMap(played))
    console.error(`  ${name}`)
  process.exitCode = 2
}

/** What is played of an entry of this folder: a file with a number, or the main file of a folder. */
function played(name: string): string[] {
  if (/^\d\d-.*(?<!test)\.ts$/.test(name)) return [name]
  const main = join(name, 'main.ts')
  return existsSync(join(import.meta.dirname, main)) ? [main] : []
}
