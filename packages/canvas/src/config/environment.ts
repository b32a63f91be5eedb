import { unknownOption } from '@arpeggio/core'
import { SETTING_KINDS } from './setting-kinds.ts'
import { SETTINGS, type Settings } from './settings.ts'

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings among variables that begin with a prefix: `ARPEGGIO_TASK_DEFAULT_QUEUE` is `taskDefaultQueue`. They are read
 * as their kinds say, and not checked. A variable with that prefix which is no setting is refused: it was meant to be one.
 */
export function settingsIn(environment: Environment, prefix: string): Settings {
  const names = new Map(Object.keys(SETTINGS).map((name) => [variableOf(name, prefix), name]))
  const said: Record<string, unknown> = {}
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || text === undefined) continue
    const name = names.get(variable)
    if (name === undefined) throw unknownOption(variable, [...names.keys()], 'The environment')
    said[name] = SETTING_KINDS[SETTINGS[name as keyof typeof SETTINGS].kind].read(text)
  }
  return said as Settings
}

function variableOf(name: string, prefix: string): string {
  return prefix + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}
