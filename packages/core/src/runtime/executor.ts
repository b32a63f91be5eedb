import { conclude, endAs, fail, lose, replace, retry, succeed } from '../machine/machine.ts'
import { covers } from '../machine/place.ts'
import { retryDelay } from '../machine/retry-policy.ts'
import { milliseconds, moment } from '../model/duration.ts'
import type { Effect } from '../model/effect.ts'
import { ArpeggioError, MaxRetriesExceededError, TaskRevokedError } from '../model/errors.ts'
import { type Json, type JsonObject, JsonRefusal, sizeOfJson, thaw, toJson } from '../model/json.ts'
import { LIMITS } from '../model/limits.ts'
import type { CallMessage, SpreadMessage } from '../model/message.ts'
import type { ErrorRecord, Outcome } from '../model/outcome.ts'
import type { Span } from '../model/plan.ts'
import { show } from '../model/show.ts'
import type { Delivery } from '../ports/backend.ts'
import { notJson, TaskContext, type TaskWorld, within } from './context.ts'
import { Ignore, Reject, Replace, Retry, type RetryOptions } from './control.ts'
import { recordError } from './error-record.ts'
import { mappedTask } from './mapped.ts'
import { settle } from './perform.ts'
import type { Registry, TaskDefinition } from './task.ts'
import { limited } from './time-limit.ts'

/** One delivery, from guard to acknowledgement. */
export interface Executor {
  execute(delivery: Delivery): Promise<void>
  /** Asks tasks that run now to stop. */
  abort(reason: Error, which: (delivery: Delivery) => boolean): void
  /** Asks those that a halt covers to stop. */
  abortHalted(run: string, spans: readonly Span[]): void
}

/** The executor of some tasks: guard, run, judge, settle. */
export function createExecutor(registry: Registry, world: TaskWorld): Executor {
  const { backend } = world
  const running = new Map<Delivery, TaskContext>()

  async function execute(delivery: Delivery): Promise<void> {
    const { message } = delivery
    if (message.kind === 'spread') return settle(backend, delivery, spreadOn(delivery, message))
    const guarded = guard(delivery, message, backend.clock.now())
    if (guarded !== null) return settle(backend, delivery, guarded)
    const task = registry.tasks.get(message.task)
    const outcome = task ? await run(task, message, delivery) : unregistered(message)
    if (outcome.kind !== 'requeue') return settle(backend, delivery, judge(message, outcome))
    if (delivery.count < LIMITS.deliveries) return backend.deliveries.release([delivery], 'rejected')
    return settle(backend, delivery, giveUp(message, `was rejected ${delivery.count} times`, outcome.error))
  }

  async function run(task: TaskDefinition, message: CallMessage, delivery: Delivery): Promise<Outcome> {
    const context = new TaskContext(message, task.defaults, delivery.count, world)
    running.set(delivery, context)
    try {
      const args = message.args.map(thaw)
      const kwargs = thaw(message.kwargs) as JsonObject
      const value = await within(context, () =>
        limited(world.stopwatch, message, context, () => task.run(args, kwargs, context)),
      )
      return concluded(value, task, message, context)
    } catch (thrown) {
      return interpret(thrown, policyOf(task, message), message)
    } finally {
      running.delete(delivery)
    }
  }

  /** A map is retried as the task that it maps would be: all of it. */
  function policyOf(task: TaskDefinition, message: CallMessage): TaskDefinition {
    const mapped = mappedTask(message)
    return mapped === null ? task : (registry.tasks.get(mapped) ?? task)
  }

  /** What a thrown thing means for the task. */
  function interpret(thrown: unknown, task: TaskDefinition, message: CallMessage): Outcome {
    try {
      if (thrown instanceof Ignore) return { kind: 'ignore' }
      if (thrown instanceof Replace) return { kind: 'replace', by: thrown.by, input: thrown.input }
      if (thrown instanceof Retry) return again(thrown.options, task, message)
      if (thrown instanceof Reject && thrown.requeue) return { kind: 'requeue', error: recordError(thrown) }
      const retries =
        task.autoretryFor.some((known) => thrown instanceof known) &&
        !task.dontAutoretryFor.some((known) => thrown instanceof known)
      if (retries)
        return again(
          { error: thrown, countdown: retryDelay(task, message.retries, registry.random) },
          task,
          message,
        )
      return { kind: 'failure', error: recordError(thrown) }
    } catch (error) {
      return { kind: 'failure', error: recordError(error) }
    }
  }

  function abort(reason: Error, which: (delivery: Delivery) => boolean): void {
    for (const [delivery, context] of running) if (which(delivery)) context.abort(reason)
  }

  return {
    execute,
    abort,
    abortHalted(run, spans) {
      const reason = new TaskRevokedError('the task was revoked while it ran')
      abort(reason, ({ message }) => {
        return message.run === run && !message.aside && spans.some((span) => covers(span, message.at))
      })
    },
  }
}

/** Reasons not to run a delivery at all. */
function guard(delivery: Delivery, message: CallMessage, now: number): Effect[] | null {
  if (delivery.verdict !== null) return endAs(message, delivery.verdict)
  const { expires } = message.options
  if (expires !== undefined && now > expires) {
    const error = new TaskRevokedError(
      `${message.task} expired at ${new Date(expires).toISOString()}, before it could start`,
    )
    return fail(message, recordError(error), 'REVOKED')
  }
  if (delivery.count > LIMITS.deliveries) {
    return giveUp(message, `was delivered ${LIMITS.deliveries} times and never came to an end`)
  }
  return null
}

/** It fails, and is set aside for people to look at. */
function giveUp(message: CallMessage, what: string, cause: ErrorRecord | null = null): Effect[] {
  const reason = `${message.task} ${what}`
  const type = cause === null ? 'WorkerLostError' : 'Reject'
  return [{ do: 'bury', message, reason }, ...fail(message, { type, message: reason, stack: null, cause })]
}

/** Branches that workers die of when they start them fail, so that their chord hears of them. */
function spreadOn({ count }: Delivery, message: SpreadMessage): Effect[] {
  if (count <= LIMITS.deliveries) return [{ do: 'read-branches', spread: message }]
  const reason = `the branches of ${message.id} were to be started ${LIMITS.deliveries} times, and never were`
  const error: ErrorRecord = { type: 'WorkerLostError', message: reason, stack: null, cause: null }
  return [{ do: 'bury', message, reason }, ...lose(message, LIMITS.branchesPerCommit, error)]
}

/** It ended well, unless its value cannot travel: trying again would not help that. */
function concluded(
  value: unknown,
  task: TaskDefinition,
  message: CallMessage,
  { added }: TaskContext,
): Outcome {
  try {
    return { kind: 'success', value: checked(value, task, message), added }
  } catch (error) {
    return { kind: 'failure', error: recordError(error) }
  }
}

function unregistered(message: CallMessage): Outcome {
  const error = new ArpeggioError(
    'task-unknown',
    `No task named ${JSON.stringify(message.task)} is registered in this worker's app. Register it, or send it to a queue whose workers know it.`,
  )
  return { kind: 'failure', error: recordError(error) }
}

/** A result as JSON, or an error that says where it is not. */
function checked(value: unknown, task: TaskDefinition, message: CallMessage): Json {
  const json = toJson(value, 'result')
  if (json instanceof JsonRefusal)
    throw misled(task, message) ?? notJson(`The result of ${message.task}`, json)
  if (typeof json === 'object' || typeof json === 'string')
    checkSize(json, `The result of ${message.task}`, 'Store it elsewhere and return where.')
  return json
}

/** A missing argument is undefined, and what is made of it is often no value. Then that is what went wrong. */
function misled(task: TaskDefinition, { args, kwargs }: CallMessage): ArpeggioError | null {
  const given = args.length + (Object.keys(kwargs).length > 0 ? 1 : 0)
  if (given >= task.parameters) return null
  return new ArpeggioError(
    'arguments-wrong',
    `${task.name} names ${task.parameters} arguments and was given ${given}; what it made of that has no JSON form. Give it the missing ones.`,
  )
}

function checkSize(json: Json, what: string, advice: string): void {
  const size = sizeOfJson(json)
  if (size <= LIMITS.valueBytes) return
  throw new ArpeggioError(
    'limit-exceeded',
    `${what} has ${size} bytes, more than the ${LIMITS.valueBytes} a value may have. ${advice}`,
  )
}

function again(options: RetryOptions, task: TaskDefinition, message: CallMessage): Outcome {
  const limit = options.maxRetries ?? task.maxRetries
  const { error } = options
  if (typeof limit !== 'number' || Number.isNaN(limit)) {
    throw new ArpeggioError(
      'option-invalid',
      `maxRetries of a retry of ${message.task} is ${limit}. Give a number.`,
    )
  }
  if (message.retries >= limit) {
    const often = message.retries === 1 ? 'once' : `${message.retries} times`
    const spent = `${message.task} was retried ${often}, as often as it may be. Raise its maxRetries, or mend what fails.`
    return { kind: 'failure', error: recordError(error ?? new MaxRetriesExceededError(spent)) }
  }
  const args = newArguments(options.args, 'args', message) ?? message.args
  const kwargs = newArguments(options.kwargs, 'kwargs', message) ?? message.kwargs
  const eta = options.eta === undefined ? null : Date.parse(moment(options.eta, 'eta'))
  const delay =
    options.countdown === undefined ? task.defaultRetryDelay : milliseconds(options.countdown, 'countdown')
  return {
    kind: 'retry',
    error: recordError(error ?? new Retry(options)),
    again: {
      countdown: eta === null ? delay : 0,
      eta,
      args: args as readonly Json[],
      kwargs: kwargs as CallMessage['kwargs'],
    },
  }
}

/** Other arguments for a retry, as they will travel. */
function newArguments(value: unknown, name: 'args' | 'kwargs', message: CallMessage): Json | null {
  if (value === undefined) return null
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== (name === 'args')) {
    const kind = name === 'args' ? 'a list' : 'an object'
    throw new ArpeggioError(
      'arguments-wrong',
      `${name} of a retry of ${message.task} is ${show(value)}. Give ${kind}.`,
    )
  }
  const json = toJson(value, name)
  if (json instanceof JsonRefusal) throw notJson(`retry of ${message.task}`, json)
  checkSize(json, `The arguments of a retry of ${message.task}`, 'Store the data elsewhere and send where.')
  return json
}

/** From what came of it to what shall be done. */
function judge(message: CallMessage, outcome: Exclude<Outcome, { kind: 'requeue' }>): Effect[] {
  switch (outcome.kind) {
    case 'success':
      return succeed(message, outcome.value, outcome.added)
    case 'failure':
      return fail(message, outcome.error)
    case 'retry':
      return retry(message, outcome.error, outcome.again)
    case 'ignore':
      return conclude(message, { state: 'IGNORED' })
    case 'replace':
      return replace(message, outcome.by, outcome.input)
  }
}
