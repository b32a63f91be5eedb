/** What an option is called here that has another name elsewhere. */
interface OurWord {
  /** The first of these that there is where the other was given; what is said of an app is said in other words. */
  readonly ours: readonly string[]
  /** Whose option the first of them is. */
  readonly of: string
  readonly says: string
}

/** There is no such option. */
interface NoWord {
  readonly advice: string
}

/** Whose options those are that others have words for. Where options of anybody else are, the same words mean other things. */
export type OptionsOf = 'task' | 'call' | 'app' | 'worker' | 'redisBackend'

/** What becomes of it here. */
export type ForeignWord = OurWord | NoWord

const EXPIRY: OurWord = {
  ours: ['resultTtl', 'resultExpires'],
  of: 'redisBackend',
  says: "how long what has ended is kept, such as '1h'",
}
const BACKEND: OurWord = {
  ours: ['backend'],
  of: 'an app',
  says: 'redisBackend(url) is where messages and results are',
}
const LEASE: OurWord = {
  ours: ['lease'],
  of: 'redisBackend',
  says: 'how soon what a dead worker held is run again',
}
const QUEUE: OurWord = { ours: ['queue', 'taskDefaultQueue'], of: 'a call or a task', says: 'where it goes' }
const RETRIES: OurWord = {
  ours: ['maxRetries'],
  of: 'a task',
  says: 'how often it is run again, so one less than it is tried',
}
/** In Celery a call says how its sending is tried again. */
const SENDING: OurWord = {
  ours: ['sendWithin'],
  of: 'redisBackend',
  says: "how long whoever sends goes on trying, such as '5s'",
}
const WHERE: NoWord = { advice: 'Where Redis is, is told before the options: redisBackend(url, options).' }
const CALENDAR: NoWord = {
  advice: 'Nothing is sent by the calendar here: let cron, or a timer of your own, call delay().',
}
const MODULES: NoWord = {
  advice: 'Modules of tasks are imported, or found by app.autodiscover().',
}

type Words = ReadonlyMap<string, ForeignWord>

const KEEPING: readonly (readonly [string, ForeignWord])[] = [
  ['removeOnComplete', EXPIRY],
  ['removeOnFail', EXPIRY],
  ['lockDuration', LEASE],
  ['visibilityTimeout', LEASE],
]

const COMMON: Words = new Map<string, ForeignWord>([
  ...KEEPING,
  ['attempts', RETRIES],
  ['retry', RETRIES],
  ['retries', RETRIES], // of a call there are some: those that were made before
  [
    'backoff',
    { ours: ['retryBackoff'], of: 'a task', says: "true, or how long the first wait is, such as '5s'" },
  ],
  ['delay', { ours: ['countdown'], of: 'a call', says: "how long it waits before it starts, such as '10s'" }],
  ['jobId', { ours: ['taskId'], of: 'a call', says: 'sent twice under one, it is run once' }],
  [
    'limiter',
    {
      ours: ['rateLimit', 'taskDefaultRateLimit'],
      of: 'a task',
      says: "how often it may start, such as '100/m'",
    },
  ],
  [
    'concurrency',
    {
      ours: ['workerConcurrency', 'concurrency'],
      of: 'an app',
      says: 'how many tasks a worker runs at once',
    },
  ],
  [
    'timeout',
    { ours: ['timeLimit', 'taskTimeLimit'], of: 'a task or a call', says: 'after how long it fails' },
  ],
  ['routingKey', QUEUE],
  ['exchange', QUEUE],
  ['broker', BACKEND],
  ['brokerUrl', BACKEND],
  ['resultBackend', BACKEND],
  ['connection', BACKEND],
  ['repeat', CALENDAR],
  ['cron', CALENDAR],
  ['beatSchedule', CALENDAR],
  ['include', MODULES],
  ['imports', MODULES],
])

/**
 * Words for options that those know who come from BullMQ or Celery, in camelCase, where ours are others. What is only written in
 * another way, as `max_retries` is, need not be here.
 */
export const FOREIGN_WORDS: Readonly<Record<OptionsOf, Words>> = {
  task: COMMON,
  call: new Map([...COMMON, ['retry', SENDING], ['retryPolicy', SENDING]]),
  app: COMMON,
  worker: COMMON,
  redisBackend: new Map<string, ForeignWord>([
    ...KEEPING,
    ['resultExpires', EXPIRY],
    ['retry', SENDING],
    ['retryPolicy', SENDING],
    ['broker', WHERE],
    ['brokerUrl', WHERE],
    ['resultBackend', WHERE],
    ['connection', WHERE],
    ['url', WHERE],
  ]),
}
