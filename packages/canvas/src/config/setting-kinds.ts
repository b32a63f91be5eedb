import {
  ArpeggioError,
  type Duration,
  isWhole,
  KINDS,
  milliseconds,
  type OptionKind,
  type RateLimit,
  rateOf,
  show,
} from '@arpeggio/core'
import type { Compression } from '../node/node.ts'
import { isCompression } from '../node/parse-options.ts'
import { LOG_LEVEL, type LogLevel } from '../telling/logging.ts'
import { checkAnnotations, type TaskAnnotations } from './annotations.ts'
import { Routes, type TaskRoutes } from './routes.ts'

/** What the settings of each kind are. */
export interface SettingValues {
  readonly flag: boolean
  readonly count: number
  readonly factor: number
  readonly priority: number
  readonly duration: Duration
  readonly rate: RateLimit
  readonly queue: string
  readonly name: string
  readonly compression: Compression
  readonly queues: readonly string[]
  readonly level: LogLevel
  readonly naming: (fnName: string, appName: string) => string
  readonly routes: TaskRoutes
  readonly annotations: TaskAnnotations
}

/** How settings of a kind are checked, and read from a text. */
interface SettingKind {
  /** What one is, for people. */
  readonly takes: string
  /** Throws if it cannot be one; `what` names it. */
  check(value: unknown, what: string): void
  /** What a text stands for. One that stands for nothing is left as it is, so that the check can show it. */
  read(text: string): unknown
}

const itself = (text: string): unknown => text
const number = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text)
const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false }
const PRIORITY: OptionKind = {
  is: (value) => isWhole(value, 0) && Number(value) <= 9,
  hint: 'Give a whole number from 0 to 9; 0 goes first.',
}
const COMPRESSION: OptionKind = { is: isCompression, hint: "Give 'gzip' or 'none'." }
const FACTOR: OptionKind = {
  is: (value) => Number.isFinite(value) && Number(value) >= 0,
  hint: 'Give a number from 0.',
}

/** Every kind of setting there is. */
export const SETTING_KINDS: { readonly [Kind in keyof SettingValues]: SettingKind } = {
  flag: {
    takes: 'true or false',
    check: checked(KINDS.flag),
    read: (text) => (Object.hasOwn(FLAGS, text) ? FLAGS[text] : text),
  },
  count: { takes: 'a whole number from 1', check: checked(KINDS.count), read: number },
  factor: { takes: 'a number from 0', check: checked(FACTOR), read: number },
  priority: { takes: '0 to 9', check: checked(PRIORITY), read: number },
  duration: { takes: 'a duration', check: checkDuration, read: number },
  rate: { takes: 'a rate limit', check: (value, what) => void rateOf(value, what), read: json },
  queue: { takes: 'a text', check: checked(KINDS.queue), read: itself },
  name: { takes: 'a text', check: checked(KINDS.text), read: itself },
  compression: { takes: "`'gzip'` or `'none'`", check: checked(COMPRESSION), read: itself },
  queues: {
    takes: 'a list of texts',
    check: checked(KINDS.queues),
    read: (text) => text.split(',').map((queue) => queue.trim()),
  },
  level: {
    takes: "`'debug'`, `'info'`, `'warn'`, `'error'` or `'silent'`",
    check: checked(LOG_LEVEL),
    read: itself,
  },
  naming: { takes: 'a function', check: checked(KINDS.deed), read: itself },
  routes: { takes: '[routes](#routes)', check: (value) => void new Routes(value as TaskRoutes), read: json },
  annotations: { takes: '[annotations](#annotations)', check: checkAnnotations, read: json },
}

function checked(kind: OptionKind): SettingKind['check'] {
  return (value, what) => {
    if (!kind.is(value))
      throw new ArpeggioError('option-invalid', `${what} cannot be ${show(value)}. ${kind.hint}`)
  }
}

/** In no time nothing can run, and nothing be kept. */
function checkDuration(value: unknown, what: string): void {
  if (milliseconds(value as Duration, what) > 0) return
  throw new ArpeggioError(
    'duration-invalid',
    `${what} is ${show(value)}. Give a duration above zero, such as '5m', or leave it out.`,
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
