import { ArpeggioError, show } from '@arpeggio/core'
import type { NodeOptions } from './node.ts'

/** Celery's words for our options. Stamps stand among them, each under its own name. */
export const CELERY_WORDS: Readonly<Record<Exclude<keyof NodeOptions, 'stamps' | 'foreign'>, string>> = {
  queue: 'queue',
  priority: 'priority',
  expires: 'expires',
  timeLimit: 'time_limit',
  softTimeLimit: 'soft_time_limit',
  ignoreResult: 'ignore_result',
  retries: 'retries',
  serializer: 'serializer',
  compression: 'compression',
  shadow: 'shadow',
  headers: 'headers',
  countdown: 'countdown',
  eta: 'eta',
  taskId: 'task_id',
  deadline: 'deadline',
  idempotencyKey: 'idempotency_key',
  link: 'link',
  linkError: 'link_error',
}

/** The option that lists which of the others are stamps. */
export const STAMP_NAMES: string = 'stamped_headers'

/** Whether a stamp of this name could not be told from an option in Celery's form. Such stamps are refused. */
export function isReservedStamp(name: string): boolean {
  return RESERVED.has(name)
}

const RESERVED: ReadonlySet<string> = new Set([
  ...Object.values(CELERY_WORDS),
  ...[STAMP_NAMES, 'policy', '__proto__'],
])

/** Why there can be no stamp of this name. `what` says whose stamps they are. */
export function takenStamp(name: string, what: string): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `${what} cannot have the name ${show(name)}: Celery keeps stamps among the options, where this name is taken. Give the stamp another name.`,
  )
}
