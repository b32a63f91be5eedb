import { show } from '@arpeggio/core'
import { SETTING_KINDS } from '../packages/canvas/src/config/setting-kinds.ts'
import { SETTINGS } from '../packages/canvas/src/config/settings.ts'

/*
 * The listing of all settings, as docs/configuration.md has it: `npm run config` prints it. What is written there comes
 * from the table in packages/canvas/src/config/settings.ts.
 */

console.log('| setting | takes | default | says |\n|---|---|---|---|')
for (const [name, { kind, default: value, short, says }] of Object.entries(SETTINGS)) {
  const names = short === undefined ? `\`${name}\`` : `\`${name}\`, short \`${short}\``
  const standard = value === null ? 'none' : `\`${show(value)}\``
  console.log(`| ${names} | ${SETTING_KINDS[kind].takes} | ${standard} | ${says} |`)
}
