import type { Backend, Hear, Logger, Surroundings, TaskRequest, Tracing } from '@arpeggio/core'
import type { AppEvents, Hooks, WorkerEvents } from './hooks.ts'
import { isWritten, writeLine } from './log-lines.ts'
import { type LogLevel, upFrom } from './logging.ts'
import type { Report } from './report.ts'

/** What an app has to hear with. */
export interface Ears {
  readonly hostname: string
  readonly report: Report
  readonly hooks: Hooks
  readonly logger: Logger
  readonly tracing: Tracing | null
  /** A call as lines may show it. */
  readonly shown: (request: TaskRequest) => string
}

/** From which level on tasks write, and what happens to them is written. */
export interface Loudness {
  readonly tasks: LogLevel
  readonly lines: LogLevel
}

/** How loud an app is: what it says, or else where it lives decides (docs/decisions/0015-who-writes-logs.md). */
export function loudnessOf(
  logLevel: LogLevel | null,
  isHeard: boolean,
  backend: Backend | undefined,
): { workers: Loudness; eager: Loudness } {
  const isWatched = isHeard || isShared(backend)
  return {
    workers: { tasks: logLevel ?? 'info', lines: logLevel ?? (isWatched ? 'info' : 'silent') },
    eager: { tasks: logLevel ?? 'silent', lines: logLevel ?? 'silent' },
  }
}

/** Whether other processes live on it, too: only what may be lost is leased for a term. */
function isShared(backend: Backend | undefined): boolean {
  return backend !== undefined && Number.isFinite(backend.deliveries.leaseMs)
}

/** What is around the tasks and workers of an app. */
export interface Around extends Surroundings {
  /** Hears what happens to a worker. */
  readonly hearWorker: <Name extends keyof WorkerEvents>(name: Name, event: WorkerEvents[Name]) => void
}

/** Who hears of tasks and workers, and what is written of them. */
export function surroundings(
  { hostname, report, hooks, logger, tracing, shown }: Ears,
  loudness: Loudness,
): Around {
  const lines = upFrom(loudness.lines, logger)
  const writes = loudness.lines !== 'silent'
  /** A logger that throws costs its line, and no task. */
  function write(name: keyof AppEvents, event: AppEvents[keyof AppEvents]): void {
    try {
      writeLine(lines, name, event, shown)
    } catch (error) {
      report('The logger threw', error)
    }
  }

  const hear: Hear = (name, words) => {
    const written = writes && isWritten(name)
    const heard = hooks.hears(name)
    if (!written && !heard) return
    const event = words()
    if (heard) hooks.tell(name, event)
    if (written) write(name, event)
  }
  const hearWorker: Around['hearWorker'] = (name, event) => {
    hooks.tell(name, event)
    if (writes) write(name, event)
  }
  return { hostname, report, logger: upFrom(loudness.tasks, logger), hear, hearWorker, tracing }
}
