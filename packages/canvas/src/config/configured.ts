import { ArpeggioError } from '@arpeggio/core'
import type { AppParts } from './app-options.ts'
import type { Config } from './settings.ts'

/** Settings, and what is said besides; what is made of these parts must have a use for it. */
export function configured(
  config: Config,
  said: Partial<Config>,
  { name = 'app', backend }: AppParts,
): Config {
  if (said.resultExpires === undefined || backend === undefined) return Object.freeze({ ...config, ...said })
  throw new ArpeggioError(
    'option-invalid',
    `resultExpires says how long an app keeps results in its own memory, and ${name} was given a backend. Say it there, as redisBackend(url, { resultTtl: '1h' }).`,
  )
}

/** What was to be said came too late. */
export function configFrozen(app: string): ArpeggioError {
  return new ArpeggioError(
    'config-frozen',
    `The app ${app} runs already, and goes by the settings it has. Configure it before it sends anything, makes a worker or looks up a result.`,
  )
}
