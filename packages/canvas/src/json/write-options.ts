import { ArpeggioError, type Json } from '@arpeggio/core'
import type { Node, NodeOptions } from '../node/node.ts'
import { show } from './cursor.ts'

/** Celery's options in Celery's words: seconds for our milliseconds, one key for each stamp. Keeps the order of the keys. */
export function writeOptions(options: NodeOptions, of: (child: Node) => unknown): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const key of Object.keys(options) as (keyof NodeOptions)[]) {
    if (options[key] !== undefined) writeOption(written, key, options, of)
  }
  return written
}

function writeOption(
  to: Record<string, unknown>,
  key: keyof NodeOptions,
  options: NodeOptions,
  of: (child: Node) => unknown,
): void {
  switch (key) {
    case 'queue':
    case 'priority':
    case 'shadow':
    case 'headers':
    case 'eta':
    case 'taskId':
    case 'ignoreResult':
      to[NAMES[key]] = options[key]
      break
    case 'countdown':
    case 'timeLimit':
    case 'softTimeLimit':
    case 'expires': {
      const time = options[key]
      to[NAMES[key]] = typeof time === 'number' ? time / 1_000 : time
      break
    }
    case 'link':
    case 'linkError':
      to[NAMES[key]] = options[key]?.map(of)
      break
    case 'stamps':
      writeStamps(to, options.stamps ?? {})
      break
    case 'foreign':
      Object.assign(to, options.foreign)
      break
    default:
      key satisfies never
  }
}

/** The option that lists which of the others are stamps. */
export const STAMP_NAMES: string = 'stamped_headers'

const NAMES = {
  queue: 'queue',
  priority: 'priority',
  expires: 'expires',
  timeLimit: 'time_limit',
  softTimeLimit: 'soft_time_limit',
  ignoreResult: 'ignore_result',
  shadow: 'shadow',
  headers: 'headers',
  countdown: 'countdown',
  eta: 'eta',
  taskId: 'task_id',
  link: 'link',
  linkError: 'link_error',
} as const satisfies Record<Exclude<keyof NodeOptions, 'stamps' | 'foreign'>, string>

/** Whether a stamp of this name could not be told from an option in Celery's form. Such stamps are refused. */
export function isReservedStamp(name: string): boolean {
  return RESERVED.has(name)
}

const RESERVED: ReadonlySet<string> = new Set([
  ...Object.values(NAMES),
  ...[STAMP_NAMES, 'policy', '__proto__'],
])

function writeStamps(to: Record<string, unknown>, stamps: Readonly<Record<string, Json>>): void {
  const names = Object.keys(stamps)
  for (const name of names) {
    if (isReservedStamp(name)) {
      throw new ArpeggioError(
        'option-invalid',
        `A stamp named ${show(name)} cannot be written: Celery keeps stamps among the options, where this name is taken. Give the stamp another name.`,
      )
    }
    to[name] = stamps[name]
  }
  to[STAMP_NAMES] = names
}
