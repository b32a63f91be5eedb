import type { Json } from '@arpeggio/core'
import { CELERY_WORDS, STAMP_NAMES } from '../node/celery-words.ts'
import type { Node, NodeOptions } from '../node/node.ts'

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
    case 'idempotencyKey':
    case 'retries':
    case 'serializer':
    case 'compression':
    case 'ignoreResult':
      to[CELERY_WORDS[key]] = options[key]
      break
    case 'countdown':
    case 'timeLimit':
    case 'softTimeLimit':
    case 'expires':
    case 'deadline': {
      const time = options[key]
      to[CELERY_WORDS[key]] = typeof time === 'number' ? time / 1_000 : time
      break
    }
    case 'link':
    case 'linkError':
      to[CELERY_WORDS[key]] = options[key]?.map(of)
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

function writeStamps(to: Record<string, unknown>, stamps: Readonly<Record<string, Json>>): void {
  Object.assign(to, stamps)
  to[STAMP_NAMES] = Object.keys(stamps)
}
