import { readFileSync } from 'node:fs'
import { show } from '@arpeggio/core'
import { SETTING_KINDS } from '../packages/canvas/src/config/setting-kinds.ts'
import { SETTINGS, SHORT } from '../packages/canvas/src/config/settings.ts'

/*
 * The listing of all settings, as docs/configuration.md has it: `npm run config` prints it. What is written there comes
 * from the table in packages/canvas/src/config/settings.ts, and from the comments in it.
 */

const source = readFileSync(new URL('../packages/canvas/src/config/settings.ts', import.meta.url), 'utf8')

/** What a setting says, as its comment has it: in a cell of a table, not as a sentence. */
function sayingOf(name: string): string {
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*${name}: `).exec(source)?.[1] ?? ''
  const text = comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim()
  return text.slice(0, 1).toLowerCase() + text.slice(1).replace(/\.$/, '')
}

console.log('| setting | takes | default | says |\n|---|---|---|---|')
for (const [name, { kind, default: value }] of Object.entries(SETTINGS)) {
  const short = Object.entries(SHORT).find(([, names]) => names.some((one) => one === name))?.[0]
  const names = short === undefined ? `\`${name}\`` : `\`${name}\`, short \`${short}\``
  const standard = value === null ? 'none' : `\`${show(value)}\``
  console.log(`| ${names} | ${SETTING_KINDS[kind].takes} | ${standard} | ${sayingOf(name)} |`)
}
