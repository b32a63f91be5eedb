import { ArpeggioError, isPlainObject, show } from '@arpeggio/core'
import { checkVariables, type Environment, settingsIn } from './environment.ts'
import type { Settings } from './settings.ts'

/** Where settings are written: a module, or variables of the environment that begin with a prefix. */
export type ConfigSource = Settings | { readonly default: Settings } | { readonly env: string }

/** The settings of a source; of a module, not checked yet. A module's own exports count more than what it exports as default. */
export function settingsFrom(
  source: ConfigSource,
  owner: string,
  environment: Environment = process.env,
): Settings {
  if (!isPlainObject(source)) throw noSource(source, owner)
  if ('env' in source) {
    const { env, ...others } = source
    if (typeof env !== 'string' || env === '' || Object.keys(others).length > 0) throw noSource(source, owner)
    const settings = settingsIn(environment, env)
    checkVariables(settings, env, owner)
    return settings
  }
  const { default: whole = {}, ...named } = source as { readonly default?: Settings }
  if (!isPlainObject(whole)) throw noSource(source, owner)
  return { ...whole, ...named }
}

function noSource(source: unknown, owner: string): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `The settings of ${owner} cannot be read from ${show(source)}. Give a module, such as await import('./settings.js'), or { env: 'PAGES_' }.`,
  )
}
