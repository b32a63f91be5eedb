import { ArpeggioError, unknownOption } from '@arpeggio/core'
import { checkAnnotated } from './annotated.ts'
import { SETTING_KINDS } from './setting-kinds.ts'
import { DEFAULTS, readSettings, SETTINGS, type Settings } from './settings.ts'

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

/** Refuses what no setting can be, by the name of the variable: that is where it has to be mended. */
export function checkVariables(settings: Settings, prefix: string, owner: string): void {
  for (const [name, value] of Object.entries(settings)) {
    try {
      checkAnnotated({ ...DEFAULTS, ...readSettings({ [name]: value }, owner) })
    } catch (error) {
      if (!(error instanceof ArpeggioError)) throw error
      const where = `It was read from the variable ${variableOf(name, prefix)}.`
      throw new ArpeggioError(error.code, `${error.message} ${where}`, { cause: error })
    }
  }
}

function variableOf(name: string, prefix: string): string {
  return prefix + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}
