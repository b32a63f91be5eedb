import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { format } from 'node:util'
import { App } from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'

/** An example as its file exports it. */
interface Example {
  run(app: App, print: (...values: readonly unknown[]) => void): Promise<void>
}

const FOLDER = import.meta.dirname
const EXAMPLES = readdirSync(FOLDER).filter((file) => /^\d\d-[a-z-]+\.ts$/.test(file))

/** What the comments of a file promise: the text after each `// =>`, from top to bottom. */
function promised(file: string): string {
  const source = readFileSync(join(FOLDER, file), 'utf8')
  return Array.from(source.matchAll(/\/\/ => (.*)/g), ([, line]) => `${line}\n`).join('')
}

describe.each(['in memory', 'eagerly'])('%s', (where) => {
  test.each(EXAMPLES)('%s prints what its comments say', async (file) => {
    const { run } = (await import(join(FOLDER, file))) as Example
    await using app = new App({ alwaysEager: where === 'eagerly' })
    if (where === 'in memory') await app.worker().start()

    let printed = ''
    await run(app, (...values) => {
      printed += `${format(...values)}\n`
    })
    expect(printed).toBe(promised(file))
  })
})

describe('from the command line', () => {
  test.concurrent.each(EXAMPLES)(
    '%s prints the same, and ends by itself',
    async (file) => {
      const node = spawn(
        process.execPath,
        ['--conditions=@arpeggio/source', '--import=tsx', join(FOLDER, file)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      const [printed, [code]] = await Promise.all([text(node.stdout), once(node, 'exit')])
      expect(printed).toBe(promised(file))
      expect(code).toBe(0)
    },
    30_000,
  )
})
