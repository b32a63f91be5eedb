import { type Backend, type ErrorClass, KINDS, type Logger, type OptionKind } from '@arpeggio/core'
import { LOG_LEVEL, LOGGER, type LogLevel } from './logging.ts'
import type { Report } from './report.ts'

/** How an app is made. */
export interface AppOptions {
  readonly name?: string
  /** Where workflows live. Default: in this process. Several apps may share one; it is closed with the last of them. */
  readonly backend?: Backend
  /** Runs everything here and now, on a private backend in virtual time: for tests. */
  readonly alwaysEager?: boolean
  /** Error classes that come back from workers as themselves, besides those that tasks name. */
  readonly errors?: readonly ErrorClass[]
  /** How a task is called that gives no name: from the function's name and the app's. Default: as the function. */
  readonly taskNaming?: (fnName: string, appName: string) => string
  /** Where jitter comes from: numbers from 0 to 1. */
  readonly random?: () => number
  /**
   * Tells what happens always, so that whoever begins to read misses nothing from then on. Default: once it is known that
   * somebody reads, which may take two seconds on Redis.
   */
  readonly events?: boolean
  /** Hears what went wrong outside of any task. Default: the logger, or the console, which also hears of a report that throws. */
  readonly report?: Report
  /** Where tasks and workers write. Default: the console, on stderr. A pino fits as it is. */
  readonly logger?: Logger
  /** From which lines on is written. Default: workers write from `info` on, if the app has a logger or shares its backend with other processes; eager runs nothing. */
  readonly logLevel?: LogLevel
}

/** Every option of an app there is. */
export const APP_OPTIONS: Record<keyof AppOptions, OptionKind> = {
  name: KINDS.text,
  backend: {
    is: (value) => typeof value === 'object' && value !== null && 'deliveries' in value,
    hint: 'Give a backend, such as redisBackend(url), or leave it out to live in this process.',
  },
  alwaysEager: KINDS.flag,
  errors: KINDS.errorClasses,
  taskNaming: KINDS.deed,
  random: KINDS.deed,
  events: KINDS.flag,
  report: KINDS.deed,
  logger: LOGGER,
  logLevel: LOG_LEVEL,
}
