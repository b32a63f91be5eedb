import {
  ArpeggioError,
  type CallMessage,
  checkOptions,
  currentTask,
  type Duration,
  type ErrorClass,
  isWhole,
  type Json,
  KINDS,
  milliseconds,
  newRunId,
  type OptionKind,
  rateOf,
  TaskContext,
  type TaskDefinition,
  type TaskWorld,
} from '@arpeggio/core'
import { mostArguments } from './arity.ts'
import { placementOf } from './compile/scope.ts'
import { parseOptions } from './node/parse-options.ts'
import type { AnyFunction, TaskOptions } from './task.ts'

/** A task as its app keeps it. */
export interface Definition {
  readonly task: TaskDefinition
  /** The most arguments it takes; null when that is not checked. */
  readonly mostArguments: number | null
  /** Error classes it names. */
  readonly errors: readonly ErrorClass[]
}

/** Every option of a task there is. Durations and placement are checked where they are read. */
const OPTIONS: Record<keyof TaskOptions, OptionKind> = {
  name: { is: (value) => typeof value === 'string', hint: 'Give a text.' },
  bind: KINDS.flag,
  maxRetries: {
    is: (value) => value === Number.POSITIVE_INFINITY || isWhole(value, 0),
    hint: 'Give a whole number from 0, or Infinity.',
  },
  defaultRetryDelay: KINDS.anything,
  autoretryFor: KINDS.errorClasses,
  dontAutoretryFor: KINDS.errorClasses,
  retryBackoff: {
    is: (value) =>
      ['boolean', 'string'].includes(typeof value) || (Number.isFinite(value) && Number(value) >= 0),
    hint: "Give true, a number of seconds such as 0.5, or a text such as '250ms'.",
  },
  retryBackoffMax: KINDS.anything,
  retryJitter: KINDS.flag,
  throws: KINDS.errorClasses,
  ignoreResult: KINDS.anything,
  queue: KINDS.anything,
  priority: KINDS.anything,
  timeLimit: KINDS.anything,
  softTimeLimit: KINDS.anything,
  typing: KINDS.flag,
  rateLimit: KINDS.anything,
}

/** A `retryBackoff` that is a number counts seconds, as in Celery; whole or not. */
const SECOND = 1_000

/** Checks a task's options and puts it in the form that workers run. */
export function defineTask(fn: AnyFunction, options: TaskOptions): Definition {
  if (typeof fn !== 'function') {
    throw new ArpeggioError(
      'option-invalid',
      `A task needs a function, and was given ${String(fn)}. Write app.task('name', fn).`,
    )
  }
  const called = String(options?.name ?? fn.name)
  checkOptions(options, OPTIONS, called === '' ? 'a task' : `the task ${called}`)
  const name = options.name ?? fn.name
  checkName(name)
  const { autoretryFor = [], dontAutoretryFor = [], throws = [], retryBackoff = false } = options
  const inMs = (duration: Duration, option: string): number =>
    milliseconds(duration, `${option} of the task ${name}`)
  const { queue, priority, ignoreResult, timeLimit, softTimeLimit } = options
  const placement = { queue, priority, ignoreResult, timeLimit, softTimeLimit }
  return {
    task: {
      name,
      run: runnerOf(fn, options.bind === true),
      parameters: fn.length - (options.bind ? 1 : 0),
      maxRetries: options.maxRetries ?? 3,
      defaultRetryDelay: inMs(options.defaultRetryDelay ?? '3m', 'defaultRetryDelay'),
      retryBackoff:
        typeof retryBackoff === 'string' ? inMs(retryBackoff, 'retryBackoff') : Number(retryBackoff) * SECOND,
      retryBackoffMax: inMs(options.retryBackoffMax ?? '10m', 'retryBackoffMax'),
      retryJitter: options.retryJitter ?? true,
      autoretryFor,
      dontAutoretryFor,
      ...(options.rateLimit !== undefined && {
        rate: rateOf(options.rateLimit, `rateLimit of the task ${name}`),
      }),
      defaults: Object.freeze(placementOf(parseOptions(placement, `the task ${name}`), 0) ?? {}),
    },
    mostArguments: options.typing === false ? null : Math.max(0, mostArguments(fn) - (options.bind ? 1 : 0)),
    errors: [...autoretryFor, ...dontAutoretryFor, ...throws],
  }
}

/** The running task goes in front where it is asked for, keyword arguments go last, as one object. */
function runnerOf(fn: AnyFunction, bind: boolean): TaskDefinition['run'] {
  const call = fn as (...args: readonly unknown[]) => unknown
  if (bind) {
    return (args, kwargs, context) =>
      hasKeys(kwargs) ? call(context, ...args, kwargs) : call(context, ...args)
  }
  return (args, kwargs) => (hasKeys(kwargs) ? call(...args, kwargs) : call(...args))
}

function hasKeys(kwargs: object): boolean {
  for (const _key in kwargs) return true
  return false
}

/** What `self` is when a bound task is called as a plain function: the running task, or one that stands alone. */
export function directContext(task: string, args: readonly unknown[], world: TaskWorld): TaskContext {
  const id = newRunId()
  const message: CallMessage = {
    kind: 'call',
    id,
    at: '0',
    task,
    args: args as readonly Json[],
    kwargs: {},
    options: {},
    retries: 0,
    countdown: 0,
    eta: null,
    link: [],
    errback: [],
    rest: [],
    run: id,
    root: currentTask()?.request.rootId ?? id,
    parent: currentTask()?.request.id ?? null,
    group: null,
    seat: null,
    aside: false,
  }
  return new TaskContext(message, {}, 1, world)
}

function checkName(name: string): void {
  if (name !== '' && !name.startsWith('celery.')) return
  throw new ArpeggioError(
    'option-invalid',
    name === ''
      ? 'A task needs a name, and this function has none. Write app.task("name", fn), or give it a named function.'
      : `A task cannot be named ${name}. Give it a name that does not begin with "celery.": those belong to the canvas itself.`,
  )
}
