import type { Backend, Logger } from '@arpeggio/core'
import { type LogLevel, upFrom } from './logging.ts'
import { harmless, type Report } from './report.ts'

/** Where an app lives, and who hears of problems there. */
interface Heard {
  readonly backend?: Backend
  readonly logger?: Logger
  readonly report?: Report
}

/** Hears what is wrong where an app lives, until it is called off, if there is somebody to tell: its logger, or else its report. */
export function heedWarnings(
  { backend, logger, report }: Heard,
  logLevel: () => LogLevel | null,
): () => void {
  const written: Report | undefined =
    logger && ((problem) => upFrom(logLevel() ?? 'warn', logger).warn(`${problem}.`))
  const hear = written ?? report
  if (backend === undefined || hear === undefined) return () => {}
  const tell = harmless(hear)
  return backend.onWarning((problem) => tell(problem, null))
}
