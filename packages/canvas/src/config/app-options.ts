import {
  type Backend,
  checkOptions,
  type ErrorClass,
  KINDS,
  type Logger,
  type OptionKind,
  type Tracing,
} from '@arpeggio/core'
import { LOGGER } from '../telling/logging.ts'
import type { Report } from '../telling/report.ts'
import { type Config, readSettings, type Settings } from './settings.ts'

/** What an app is made of: nothing can change it. */
export interface AppParts {
  /** What it goes by: in the names of its workers, in logs and in errors. Default: `'app'`. */
  readonly name?: string
  /** Where workflows live. Default: in this process. Several apps may share one; it is closed with the last of them. */
  readonly backend?: Backend
  /** Error classes that come back from workers as themselves, besides those that tasks name. */
  readonly errors?: readonly ErrorClass[]
  /** Where jitter comes from: numbers from 0 to 1. */
  readonly random?: () => number
  /** Hears what went wrong outside of any task. Default: the logger, or the console, which also hears of a report that throws. */
  readonly report?: Report
  /** Where tasks, workers and what the backend warns of are written. Default: the console, on stderr. A pino fits as it is. */
  readonly logger?: Logger
  /** Follows workflows from process to process: `openTelemetry()` of `@arpeggio/opentelemetry`. */
  readonly tracing?: Tracing
}

/** How an app is made: what it is made of, and any of its settings. */
export interface AppOptions extends AppParts, Settings {}

const PARTS: Record<keyof AppParts, OptionKind> = {
  name: KINDS.text,
  backend: {
    is: (value) => typeof value === 'object' && value !== null && 'deliveries' in value,
    hint: 'Give a backend, such as redisBackend(url), or leave it out to live in this process.',
  },
  errors: KINDS.errorClasses,
  random: KINDS.deed,
  report: KINDS.deed,
  logger: LOGGER,
  tracing: {
    is: (value) => typeof value === 'object' && value !== null && 'running' in value && 'carried' in value,
    hint: 'Give openTelemetry() of @arpeggio/opentelemetry, or leave it out.',
  },
}

/** What an app was made with, checked: its parts, and what is said of its settings. */
export function readAppOptions(options: AppOptions): { parts: AppParts; settings: Partial<Config> } {
  const isPart = ([name]: [string, unknown]): boolean => Object.hasOwn(PARTS, name)
  const given = Object.entries(options ?? {})
  const parts: AppParts = Object.fromEntries(given.filter(isPart))
  checkOptions(parts, PARTS, 'an app')
  const others =
    typeof options === 'object' ? Object.fromEntries(given.filter((one) => !isPart(one))) : options
  return { parts, settings: readSettings(others, 'an app', Object.keys(PARTS)) }
}
