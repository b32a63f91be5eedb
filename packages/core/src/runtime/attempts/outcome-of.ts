import { retryDelay } from '../../machine/retry-policy.ts'
import { milliseconds, moment } from '../../model/duration.ts'
import { ArpeggioError, MaxRetriesExceededError } from '../../model/errors.ts'
import { type Json, JsonRefusal, sizeOfJson } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import { type CallMessage, retriesBehind } from '../../model/message.ts'
import type { Compiled } from '../../model/plan.ts'
import { show } from '../../model/show.ts'
import { notJson } from '../tasks/context.ts'
import { checkRetry, Ignore, Reject, Replace, Retry, type RetryOptions, Unfit } from '../tasks/control.ts'
import type { Ended } from '../tasks/ended.ts'
import { recordError } from '../tasks/error-record.ts'
import { type Given, packEach, shortenEach } from '../tasks/packer.ts'
import { ruledBy } from '../tasks/rules.ts'
import type { Registry, TaskDefinition } from '../tasks/task.ts'

/** What a returned value means: it ended well, unless the value cannot travel. Trying again would not help that. */
export function outcomeOfValue(
  value: unknown,
  added: readonly Compiled[],
  task: TaskDefinition,
  message: CallMessage,
  rules: TaskDefinition = task,
): Ended {
  try {
    return {
      outcome: { kind: 'success', value: travelling(value, task, message, rules), added },
      error: null,
    }
  } catch (error) {
    return failed(error)
  }
}

/** What a thrown thing means. */
export function outcomeOfThrown(
  thrown: unknown,
  task: TaskDefinition,
  message: CallMessage,
  registry: Registry,
): Ended {
  try {
    if (thrown instanceof Ignore) return { outcome: { kind: 'ignore' }, error: thrown }
    if (thrown instanceof Replace) {
      return { outcome: { kind: 'replace', by: thrown.by, input: thrown.input }, error: null }
    }
    if (thrown instanceof Reject && thrown.requeue) {
      return { outcome: { kind: 'requeue', error: recordError(thrown) }, error: thrown }
    }
    if (thrown instanceof Unfit) return failed(thrown.cause)
    const rules = ruledBy(message, registry) ?? task
    if (thrown instanceof Retry) return again(thrown.options, rules, message)
    if (!isRetried(thrown, rules)) return failed(thrown)
    const delay = retryDelay(rules, retriesBehind(message), registry.random)
    const countdown = rules.retryBackoff > 0 ? delay : (rules.retryKwargs.countdown ?? delay)
    return again({ ...rules.retryKwargs, error: thrown, countdown }, rules, message)
  } catch (error) {
    return failed(error)
  }
}

/** It failed, of that. */
export function failed(error: unknown): Ended {
  return { outcome: { kind: 'failure', error: recordError(error) }, error }
}

/** What a schema refuses does not become right by being tried again. */
function isRetried(thrown: unknown, { autoretryFor, dontAutoretryFor }: TaskDefinition): boolean {
  if (thrown instanceof ArpeggioError && thrown.code === 'value-refused') return false
  if (dontAutoretryFor.some((known) => thrown instanceof known)) return false
  return autoretryFor.some((known) => thrown instanceof known)
}

/** A result as JSON, or an error that says where it is not. */
function travelling(
  value: unknown,
  task: TaskDefinition,
  message: CallMessage,
  { packer, resultPacking }: TaskDefinition,
): Json {
  const json = packer.pack(value, 'result', resultPacking)
  if (json instanceof JsonRefusal)
    throw misled(task, message) ?? notJson(`The result of ${message.task}`, json)
  if (typeof json === 'object' || typeof json === 'string')
    checkSize(json, `The result of ${message.task}`, 'Store it elsewhere and return where.')
  return packer.shorten(json, resultPacking)
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

function again(options: RetryOptions, task: TaskDefinition, message: CallMessage): Ended {
  checkRetry(options, message.task)
  const limit = options.maxRetries ?? task.maxRetries
  const { error } = options
  const behind = retriesBehind(message)
  if (behind >= limit) {
    const often = behind === 1 ? 'once' : `${behind} times`
    const spent = `${message.task} was retried ${often}, as often as it may be. Raise its maxRetries, or mend what fails.`
    return failed(error ?? new MaxRetriesExceededError(spent))
  }
  const args = newArguments(options.args, 'args', message, task) ?? message.args
  const kwargs = newArguments(options.kwargs, 'kwargs', message, task) ?? message.kwargs
  const eta = options.eta === undefined ? null : Date.parse(moment(options.eta, 'eta'))
  const delay =
    options.countdown === undefined ? task.defaultRetryDelay : milliseconds(options.countdown, 'countdown')
  const why = error ?? new Retry(options)
  const countdown = eta === null ? delay : 0
  const course = { countdown, eta, args: args as readonly Json[], kwargs: kwargs as CallMessage['kwargs'] }
  return { outcome: { kind: 'retry', error: recordError(why), again: course }, error: why }
}

/** Other arguments for a retry, as they will travel. */
export function newArguments(
  value: unknown,
  name: 'args' | 'kwargs',
  message: CallMessage,
  { packer, lane }: TaskDefinition,
): Json | null {
  if (value === undefined) return null
  if (lane !== undefined) return value as Json // they were packed where the function ran
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== (name === 'args')) {
    const kind = name === 'args' ? 'a list' : 'an object'
    throw new ArpeggioError(
      'arguments-wrong',
      `${name} of a retry of ${message.task} is ${show(value)}. Give ${kind}.`,
    )
  }
  const json = packEach(value as Given, name, message.options, packer, objectsIn(message[name]))
  if (json instanceof JsonRefusal) throw notJson(`retry of ${message.task}`, json)
  checkSize(json, `The arguments of a retry of ${message.task}`, 'Store the data elsewhere and send where.')
  return shortenEach(json, message.options, packer)
}

/** A task that runs again with what it was given hands on the very same, packed as it is. */
function objectsIn(given: CallMessage['args'] | CallMessage['kwargs']): ReadonlySet<unknown> {
  return new Set(Object.values(given).filter((value) => typeof value === 'object' && value !== null))
}
