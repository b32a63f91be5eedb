import {
  ArpeggioError,
  type CallMessage,
  type CallOptions,
  checkOptions,
  currentTask,
  type Duration,
  type ErrorClass,
  type Json,
  KINDS,
  milliseconds,
  newRunId,
  type Packing,
  PLAIN_PACKER,
  type Rate,
  type RetryPolicy,
  rateOf,
  TaskContext,
  type TaskDefinition,
  type TaskRequest,
  type TaskWorld,
} from '@arpeggio/core'
import type { Problem } from '../compile/arguments.ts'
import { placementOf } from '../compile/scope.ts'
import { type Config, DEFAULTS } from '../config/settings.ts'
import { parseOptions } from '../node/parse-options.ts'
import type { AnyFunction, IdempotencyKey, TaskOptions } from '../task.ts'
import { tellConsole } from '../telling/report.ts'
import { mostArguments } from './arity.ts'
import { runnerOf } from './runner.ts'
import { checkSchema, refusalBy } from './schema.ts'
import { showCall } from './show-call.ts'
import { States } from './states.ts'
import { type Base, checkBase } from './task-base.ts'
import { MAX_RETRIES, TASK_OPTIONS } from './task-options.ts'

/** A task as its app keeps it. */
export interface Definition {
  readonly task: TaskDefinition
  /** What it says itself of how its calls are run. */
  readonly own: CallOptions
  /** What makes the key of a call of it, if it has one. */
  readonly idempotencyKey: IdempotencyKey | null
  /** The most arguments it takes; null when that is not checked. */
  readonly mostArguments: number | null
  /** Error classes it names. */
  readonly errors: readonly ErrorClass[]
  /** A call of it, as logs may show it. */
  readonly shown: (request: TaskRequest) => string
  /** Why these arguments will not be taken, as far as that can be told at once; null if it takes all. */
  readonly refusal: ((given: readonly unknown[]) => Problem | null) | null
}

const NO_BASE: Base = Object.freeze({})

/** A `retryBackoff` that is a number counts seconds, as in Celery; whole or not. */
const SECOND = 1_000

/** Checks a task's options and puts it in the form that workers run. What it does not say, the settings of its app say. */
export function defineTask(
  fn: AnyFunction,
  options: TaskOptions,
  states: States = new States(tellConsole),
  config: Config = DEFAULTS,
): Definition {
  const name = checkedName(fn, options)
  const {
    base = NO_BASE,
    schema,
    bind,
    typing,
    autoretryFor = [],
    dontAutoretryFor = [],
    throws = [],
  } = options
  checkBase(base, name)
  if (schema !== undefined) checkSchema(schema, name)
  const bound = bind ? 1 : 0
  const own = placementIn(options, name)
  return {
    task: {
      ...{ name, autoretryFor, dontAutoretryFor, throws },
      ...retriesOf(options, name),
      run: runnerOf(fn, name, options),
      parameters: fn.length - bound,
      trackStarted: options.trackStarted ?? config.taskTrackStarted,
      acksLate: options.acksLate ?? config.taskAcksLate,
      rejectOnWorkerLost: options.rejectOnWorkerLost ?? config.taskRejectOnWorkerLost,
      handlers: base,
      packer: PLAIN_PACKER,
      resultPacking: resultPackingIn(options, config),
      state: () => states.of(base),
      defaultsFor: () => own,
      ...rateUnder(options, name, config),
    },
    own,
    idempotencyKey: options.idempotencyKey ?? null,
    mostArguments: typing === false ? null : Math.max(0, mostArguments(fn) - bound),
    refusal: schema === undefined ? null : (given) => refusalBy(schema, name, given),
    shown: (request) => showCall(request, options),
    errors: [...autoretryFor, ...dontAutoretryFor, ...throws],
  }
}

/** The name of a task, now that it is known to be one. */
function checkedName(fn: AnyFunction, options: TaskOptions): string {
  if (typeof fn !== 'function') {
    throw new ArpeggioError(
      'option-invalid',
      `A task needs a function, and was given ${String(fn)}. Write app.task('name', fn).`,
    )
  }
  const called = String(options?.name ?? fn.name)
  checkOptions(options, TASK_OPTIONS, called === '' ? 'a task' : `the task ${called}`, 'task')
  const name = options.name ?? fn.name
  checkName(name)
  return name
}

/** When it is run again, in milliseconds. */
function retriesOf(options: TaskOptions, name: string): RetryPolicy & Pick<TaskDefinition, 'retryKwargs'> {
  const inMs = (duration: Duration, option: string): number =>
    milliseconds(duration, `${option} of the task ${name}`)
  const { retryBackoff = false } = options
  return {
    maxRetries: options.maxRetries ?? 3,
    defaultRetryDelay: inMs(options.defaultRetryDelay ?? '3m', 'defaultRetryDelay'),
    retryBackoff:
      typeof retryBackoff === 'string' ? inMs(retryBackoff, 'retryBackoff') : Number(retryBackoff) * SECOND,
    retryBackoffMax: inMs(options.retryBackoffMax ?? '10m', 'retryBackoffMax'),
    retryJitter: options.retryJitter ?? true,
    retryKwargs: retryKwargsOf(options, name),
  }
}

/** How often it may start: what is said of it is checked, also where nobody heeds it. */
function rateUnder(
  { rateLimit }: TaskOptions,
  name: string,
  { taskDefaultRateLimit, workerDisableRateLimits }: Config,
): { readonly rate?: Rate } {
  const limit = rateLimit === undefined ? taskDefaultRateLimit : rateLimit
  const rate = limit === null ? null : rateOf(limit, `rateLimit of the task ${name}`)
  return rate === null || workerDisableRateLimits ? {} : { rate }
}

/** What it says of how its calls are run. */
function placementIn(options: TaskOptions, name: string): CallOptions {
  const { queue, priority, ignoreResult, timeLimit, softTimeLimit, serializer, compression } = options
  const placement = { queue, priority, ignoreResult, timeLimit, softTimeLimit, serializer, compression }
  return Object.freeze(placementOf(parseOptions(placement, `the task ${name}`), 0) ?? {})
}

/** What its results are packed by, here. */
function resultPackingIn(options: TaskOptions, config: Config): Packing {
  const serializer = options.resultSerializer ?? config.resultSerializer
  const compression = options.resultCompression ?? config.resultCompression
  return Object.freeze({ serializer, compression })
}

/** What retries ask for that nobody called for, checked. */
function retryKwargsOf({ retryKwargs = {} }: TaskOptions, name: string): TaskDefinition['retryKwargs'] {
  const owner = `retryKwargs of the task ${name}`
  checkOptions(retryKwargs, { countdown: KINDS.anything, maxRetries: MAX_RETRIES }, owner)
  const { countdown } = retryKwargs
  if (countdown !== undefined) milliseconds(countdown, `countdown in ${owner}`)
  return Object.freeze({ ...retryKwargs })
}

/** What `self` is when a bound task is called as a plain function: the running task, or one that stands alone. */
export function directContext(task: TaskDefinition, args: readonly unknown[], world: TaskWorld): TaskContext {
  const id = newRunId()
  const message: CallMessage = {
    kind: 'call',
    id,
    at: '0',
    task: task.name,
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
  return new TaskContext(message, { ...task, defaultsFor: () => ({}) }, 0, world)
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
