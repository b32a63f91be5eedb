import { type Logger, show, type TaskRequest } from '@arpeggio/core'
import type { AppEvents } from './hooks.ts'

/** Writes what happened as a line, as Celery's workers do. Values are not written, and arguments only as their task shows them. */
type Write<Event> = (log: Logger, event: Event, shown: (request: TaskRequest) => string) => void

/** What is written of each happening there is a line for. */
const LINES: { readonly [Name in keyof AppEvents]?: Write<AppEvents[Name]> } = {
  'task-received': (log, { request, givenUp }, shown) => {
    if (givenUp) return // the line of its failure says so, and why
    const level = request.deliveries > 1 ? 'warn' : 'info' // somebody may be dying of it
    log[level](`${nameOf(request)} received${again(request)}`)
    log.debug(`${nameOf(request)} is ${shown(request)}`)
  },
  'task-success': (log, { request, durationMs }) =>
    log.info(`${nameOf(request)} succeeded in ${seconds(durationMs)}`),
  'task-failure': (log, { request, error, expected, durationMs }) => {
    const after = durationMs === null ? '' : ` after ${seconds(durationMs)}`
    if (expected) log.info(`${nameOf(request)} failed as expected${after}: ${inShort(error)}`)
    else log.error(`${nameOf(request)} failed${after}: ${atLength(error)}`)
  },
  'task-retry': (log, { request, error, countdownMs, eta }) => {
    const when = eta === null ? `in ${seconds(countdownMs)}` : `at ${eta.toISOString()}`
    log.info(`${nameOf(request)} will be run again ${when}: ${inShort(error)}`)
  },
  'task-revoked': (log, { request, error }) => log.info(`${nameOf(request)} revoked: ${error.message}`),
  'task-rejected': (log, { request, error }) => log.warn(`${nameOf(request)} rejected: ${inShort(error)}`),
  'task-postrun': (log, { request, state }) => {
    if (state === 'IGNORED' || state === 'REPLACED') log.info(`${nameOf(request)} ${state.toLowerCase()}`)
  },
  'worker-ready': (log, { hostname, wanted, queues, concurrency, autoscale }) => {
    if (hostname !== wanted)
      log.info(`Worker ${hostname} goes by this name, because another one who is there is ${wanted}`)
    const many = autoscale === null ? concurrency : `${autoscale.min} to ${autoscale.max}`
    log.info(`Worker ${hostname} is ready: ${many} at a time from ${queues.join(', ')}`)
  },
  'worker-shutting-down': (log, { hostname, running }) =>
    log.info(`Worker ${hostname} is stopping, and waits for ${running} ${running === 1 ? 'task' : 'tasks'}`),
  'worker-shutdown': (log, { hostname, finished, givenBack }) =>
    log.info(`Worker ${hostname} has stopped: ${finished} finished meanwhile, ${givenBack} given back`),
}

/** Whether there is a line for that. */
export function isWritten(name: keyof AppEvents): boolean {
  return LINES[name] !== undefined
}

/** Writes the line of what has happened, if there is one; `event` is what belongs to the name. */
export function writeLine(
  log: Logger,
  name: keyof AppEvents,
  event: AppEvents[keyof AppEvents],
  shown: (request: TaskRequest) => string,
): void {
  LINES[name]?.(log, event as never, shown)
}

function nameOf({ task, id }: TaskRequest): string {
  return `Task ${task}[${id}]`
}

/** Which delivery this is, if it is not the first. What was given back unrun is as if never delivered. */
function again({ deliveries }: TaskRequest): string {
  return deliveries > 1 ? ` again (delivery ${deliveries}: its worker was lost, or gave it back)` : ''
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)}s`
}

function inShort(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error)
}

function atLength(error: unknown): string {
  return error instanceof Error ? (error.stack ?? inShort(error)) : show(error)
}
