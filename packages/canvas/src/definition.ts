import {
  ArpeggioError,
  type CallMessage,
  type CallOptions,
  currentTask,
  type Duration,
  type ErrorClass,
  type Json,
  milliseconds,
  newRunId,
  TaskContext,
  type TaskDefinition,
  type TaskWorld,
} from '@arpeggio/core'
import { mostArguments } from './arity.ts'
import { nearest } from './nearest.ts'
import { parseOptions } from './parse-options.ts'
import { placementOf } from './scope.ts'
import type { AnyFunction, TaskOptions } from './task.ts'

/** A task as its app keeps it. */
export interface Definition {
  readonly task: TaskDefinition
  /** How its calls are run when nothing else is said. */
  readonly defaults: CallOptions
  /** The most arguments it takes; null when that is not checked. */
  readonly mostArguments: number | null
  /** Error classes it names. */
  readonly errors: readonly ErrorClass[]
}

/** Every option of a task there is. */
const OPTION_NAMES: Record<keyof TaskOptions, true> = {
  name: true,
  bind: true,
  maxRetries: true,
  defaultRetryDelay: true,
  autoretryFor: true,
  dontAutoretryFor: true,
  retryBackoff: true,
  retryBackoffMax: true,
  retryJitter: true,
  throws: true,
  ignoreResult: true,
  queue: true,
  priority: true,
  timeLimit: true,
  softTimeLimit: true,
  typing: true,
}

const SECOND = 1_000

/** Checks a task's options and puts it in the form that workers run. */
export function defineTask(fn: AnyFunction, options: TaskOptions): Definition {
  const name = options.name ?? fn.name
  checkName(name)
  for (const option of Object.keys(options)) {
    if (!(option in OPTION_NAMES)) throw unknownOption(option, name)
  }
  const { autoretryFor = [], dontAutoretryFor = [], throws = [], retryBackoff = false } = options
  const inMs = (duration: Duration, option: string): number =>
    milliseconds(duration, `${option} of the task ${name}`)
  const { queue, priority, ignoreResult, timeLimit, softTimeLimit } = options
  const placement = { queue, priority, ignoreResult, timeLimit, softTimeLimit }
  return {
    task: {
      name,
      run: runnerOf(fn, options.bind === true),
      maxRetries: checkRetries(options.maxRetries ?? 3, name),
      defaultRetryDelay: inMs(options.defaultRetryDelay ?? '3m', 'defaultRetryDelay'),
      retryBackoff:
        typeof retryBackoff === 'string' ? inMs(retryBackoff, 'retryBackoff') : Number(retryBackoff) * SECOND,
      retryBackoffMax: inMs(options.retryBackoffMax ?? '10m', 'retryBackoffMax'),
      retryJitter: options.retryJitter ?? true,
      autoretryFor,
      dontAutoretryFor,
    },
    defaults: Object.freeze(placementOf(parseOptions(placement, `the task ${name}`), 0) ?? {}),
    mostArguments: options.typing === false ? null : mostArguments(fn) - (options.bind ? 1 : 0),
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
  return new TaskContext(message, 1, world)
}

function checkName(name: string): void {
  if (name !== '' && !name.startsWith('celery.')) return
  throw new ArpeggioError(
    'option-invalid',
    name === ''
      ? 'A task needs a name, and this function has none. Write app.task("name", fn), or give it a named function.'
      : `A task cannot be named ${name}: names that begin with "celery." belong to the canvas itself.`,
  )
}

function checkRetries(maxRetries: number, name: string): number {
  if (maxRetries === Number.POSITIVE_INFINITY || (Number.isInteger(maxRetries) && maxRetries >= 0))
    return maxRetries
  throw new ArpeggioError(
    'option-invalid',
    `maxRetries of the task ${name} is ${maxRetries}. Give a whole number from 0, or Infinity.`,
  )
}

function unknownOption(option: string, task: string): ArpeggioError {
  const guess = nearest(option, Object.keys(OPTION_NAMES))
  const hint =
    guess === null ? `It may have: ${Object.keys(OPTION_NAMES).join(', ')}.` : `Did you mean ${guess}?`
  return new ArpeggioError('option-invalid', `The task ${task} has an unknown option, ${option}. ${hint}`)
}
