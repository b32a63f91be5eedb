import { describe, expect, it } from 'vitest'
import { checkOptions, KINDS, unknownOption } from './check-options.ts'

const KNOWN = { queue: KINDS.text, queues: KINDS.queues, errors: KINDS.errorClasses, limit: KINDS.count }

describe('an option that cannot be', () => {
  it.each<[unknown, string]>([
    [{ queue: [] }, 'The option queue of a cannot be an empty list. Give a text that is not empty.'],
    [{ queue: '' }, 'The option queue of a cannot be "". Give a text that is not empty.'],
    [{ queue: {} }, 'The option queue of a cannot be an object. Give a text that is not empty.'],
    [{ queue: Symbol('q') }, 'The option queue of a cannot be Symbol(q). Give a text that is not empty.'],
    [
      { queues: [] },
      'The option queues of a cannot be an empty list. Give a list of texts, at least one, without control characters.',
    ],
    [
      { queues: Object.create(null) },
      'The option queues of a cannot be an object. Give a list of texts, at least one, without control characters.',
    ],
    [
      { errors: [Error, Map] },
      'The option errors of a cannot be a list of 2. Give a list of error classes, such as [TypeError].',
    ],
    [{ limit: 5n }, 'The option limit of a cannot be 5n. Give a whole number from 1.'],
    [[], 'The options of a are an empty list. Give an object.'],
    [new Map([['queue', 'q']]), 'The options of a are an instance of Map. Give an object.'],
    [Object.create({ queue: 'q' }), 'The options of a are an object. Give an object.'],
    [Symbol('s'), 'The options of a are Symbol(s). Give an object.'],
    [{ queu: 'x' }, 'a has no option "queu". Did you mean queue?'],
  ])('is named, with what may be instead: %o', (options, message) => {
    expect(() => checkOptions(options, KNOWN, 'a')).toThrow(
      expect.objectContaining({ code: 'option-invalid', message }),
    )
  })

  it('has a short message and is found at once, however long its name or value', () => {
    const long = 'q'.repeat(1_000_000)
    expect(unknownOption(long, Object.keys(KNOWN), 'a').message.length).toBeLessThan(200)
    expect(() => checkOptions({ limit: long }, KNOWN, 'a')).toThrow(/^.{1,200}$/)
  })
})

describe('a word of those who come from elsewhere', () => {
  const known = {
    task: [
      'maxRetries',
      'retryBackoff',
      'rateLimit',
      'acksLate',
      'defaultRetryDelay',
      'softTimeLimit',
      'timeLimit',
    ],
    call: ['countdown', 'taskId', 'linkError', 'retries', 'timeLimit', 'queue'],
    app: ['name', 'backend', 'taskAcksLate', 'workerConcurrency', 'resultExpires', 'taskTimeLimit'],
    worker: ['queues', 'concurrency', 'prefetchMultiplier'],
    redisBackend: ['prefix', 'lease', 'resultTtl'],
  }
  it.each<[keyof typeof known, string, string]>([
    [
      'task',
      'attempts',
      'Its word here is maxRetries: how often it is run again, so one less than it is tried.',
    ],
    [
      'task',
      'retries',
      'Its word here is maxRetries: how often it is run again, so one less than it is tried.',
    ],
    ['task', 'backoff', "Its word here is retryBackoff: true, or how long the first wait is, such as '5s'."],
    ['task', 'max_retries', 'Its word here is maxRetries.'],
    ['task', 'default_retry_delay', 'Its word here is defaultRetryDelay.'],
    ['task', 'acks_late', 'Its word here is acksLate.'],
    ['task', 'soft_time_limit', 'Its word here is softTimeLimit.'],
    [
      'task',
      'concurrency',
      'Its word here is workerConcurrency, an option of an app: how many tasks a worker runs at once.',
    ],
    [
      'task',
      'delay',
      "Its word here is countdown, an option of a call: how long it waits before it starts, such as '10s'.",
    ],
    ['task', 'timeout', 'Its word here is timeLimit: after how long it fails.'],
    ['task', 'cron', 'Nothing is sent by the calendar here: let cron, or a timer of your own, call delay().'],
    ['call', 'delay', "Its word here is countdown: how long it waits before it starts, such as '10s'."],
    ['call', 'jobId', 'Its word here is taskId: sent twice under one, it is run once.'],
    ['call', 'task_id', 'Its word here is taskId.'],
    ['call', 'link_error', 'Its word here is linkError.'],
    ['call', 'routing_key', 'Its word here is queue: where it goes.'],
    ['app', 'broker_url', 'Its word here is backend: redisBackend(url) is where messages and results are.'],
    [
      'app',
      'result_backend',
      'Its word here is backend: redisBackend(url) is where messages and results are.',
    ],
    ['app', 'concurrency', 'Its word here is workerConcurrency: how many tasks a worker runs at once.'],
    [
      'app',
      'removeOnComplete',
      "Its word here is resultExpires: how long what has ended is kept, such as '1h'.",
    ],
    ['app', 'acksLate', 'Did you mean taskAcksLate?'],
    ['app', 'time_limit', 'Did you mean taskTimeLimit?'],
    ['worker', 'prefetch_multiplier', 'Its word here is prefetchMultiplier.'],
    [
      'worker',
      'attempts',
      'Its word here is maxRetries, an option of a task: how often it is run again, so one less than it is tried.',
    ],
    [
      'redisBackend',
      'removeOnComplete',
      "Its word here is resultTtl: how long what has ended is kept, such as '1h'.",
    ],
    [
      'redisBackend',
      'visibility_timeout',
      'Its word here is lease: how soon what a dead worker held is run again.',
    ],
    ['redisBackend', 'connection', 'Where Redis is, is told before the options: redisBackend(url, options).'],
    ['redisBackend', 'timeout', 'The options are prefix, lease, resultTtl.'],
    [
      'call',
      'retry',
      "Its word here is sendWithin, an option of redisBackend: how long whoever sends goes on trying, such as '5s'.",
    ],
    [
      'call',
      'retry_policy',
      "Its word here is sendWithin, an option of redisBackend: how long whoever sends goes on trying, such as '5s'.",
    ],
    [
      'task',
      'retry',
      'Its word here is maxRetries: how often it is run again, so one less than it is tried.',
    ],
  ])('is answered with ours: of %s %s', (owner, word, says) => {
    const { message } = unknownOption(word, known[owner], owner, owner)
    expect(message).toBe(`${owner} has no option "${word}". ${says}`)
  })

  it('means something only where the options are those it is about', () => {
    expect(unknownOption('retry', ['task-sent', 'task-retry', 'worker-ready'], 'app.on').message).toBe(
      'app.on has no option "retry". Did you mean task-retry?',
    )
    expect(() => checkOptions({ concurrency: 3 }, { within: KINDS.anything }, 'worker.stop()')).toThrow(
      'worker.stop() has no option "concurrency". The options are within.',
    )
    expect(() => checkOptions({ attempts: 3 }, { maxRetries: KINDS.count }, 'a task', 'task')).toThrow(
      'Its word here is maxRetries:',
    )
  })

  it('is none of those that every object has', () => {
    expect(unknownOption('constructor', known.call, 'a call', 'call').message).toMatch(
      /The options are countdown/,
    )
  })
})

it('options may be missing, or undefined', () => {
  expect(() => checkOptions({ queue: undefined, limit: 2 }, KNOWN, 'a')).not.toThrow()
})
