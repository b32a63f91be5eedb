import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { App } from '@arpeggio/canvas'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

it('the guide lists all settings, exactly as `npm run config` prints them', async () => {
  const { stdout: listing } = await promisify(execFile)('npm', ['run', '--silent', 'config'], { cwd: ROOT })
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8')
  const names = Array.from(listing.matchAll(/^\| `(\w+)`/gm), ([, name]) => name)
  expect(names).toEqual(Object.keys(new App().config))
  expect(page, 'and nothing else is in it').toContain(`\n\n${listing}\n`)
}, 60_000)
