import { isDuration, isWhole, KINDS, type OptionKind } from '@arpeggio/core'
import { isCompression } from '../node/parse-options.ts'
import type { TaskOptions } from '../task.ts'

export const MAX_RETRIES: OptionKind = {
  is: (value) => value === Number.POSITIVE_INFINITY || isWhole(value, 0),
  hint: 'Give a whole number from 0, or Infinity.',
}

const REPR: OptionKind = {
  is: (value) => typeof value === 'string' || typeof value === 'function',
  hint: 'Give a text, or a function of what it shall show.',
}

/** Every option of a task there is. Durations and placement are checked where they are read. */
export const TASK_OPTIONS: Record<keyof TaskOptions, OptionKind> = {
  name: { is: (value) => typeof value === 'string', hint: 'Give a text.' },
  bind: KINDS.flag,
  base: KINDS.anything,
  schema: KINDS.anything,
  maxRetries: MAX_RETRIES,
  defaultRetryDelay: KINDS.anything,
  autoretryFor: KINDS.errorClasses,
  dontAutoretryFor: KINDS.errorClasses,
  retryBackoff: {
    is: (value) => typeof value === 'boolean' || isDuration(value),
    hint: "Give true, which begins with one second, false, or where to begin: a number of seconds such as 0.5, or a text such as '250ms'.",
  },
  retryBackoffMax: KINDS.anything,
  retryJitter: KINDS.flag,
  retryKwargs: KINDS.anything,
  throws: KINDS.errorClasses,
  trackStarted: KINDS.flag,
  acksLate: KINDS.flag,
  rejectOnWorkerLost: KINDS.flag,
  argsRepr: REPR,
  kwargsRepr: REPR,
  storeErrorsEvenIfIgnored: {
    is: (value) => value === true,
    hint: 'Leave it out: errors are always kept, because whoever waits must hear of them.',
  },
  serializer: KINDS.anything,
  compression: KINDS.anything,
  resultSerializer: KINDS.text,
  resultCompression: { is: isCompression, hint: "Give 'gzip' or 'none'." },
  idempotencyKey: KINDS.deed,
  ignoreResult: KINDS.anything,
  queue: KINDS.anything,
  priority: KINDS.anything,
  timeLimit: KINDS.anything,
  softTimeLimit: KINDS.anything,
  typing: KINDS.flag,
  rateLimit: KINDS.anything,
}
