import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Runs an example by its name, as if it had been started itself: npm run play 01-hello.ts */
const [file, ...others] = process.argv.slice(2)
const path = resolve(import.meta.dirname, file ?? '')
if (file !== undefined && path.endsWith('.ts') && existsSync(path)) {
  process.argv.splice(1, process.argv.length, path, ...others)
  await import(pathToFileURL(path).href)
} else {
  const short = readdirSync(import.meta.dirname).filter((name) => /^\d\d-.*(?<!test)\.ts$/.test(name))
  if (file !== undefined) console.error(`There is no file ${file} in examples.`)
  console.error(`Usage: npm run play <file in examples>, such as ${short.join(', ')}`)
  process.exitCode = 1
}
