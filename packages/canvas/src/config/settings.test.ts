import { memoryBackend } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import { App } from '../app.ts'
import { settingsFrom } from './config-source.ts'
import { settingsIn } from './environment.ts'
import { DEFAULTS, readSettings, SETTINGS, type Settings } from './settings.ts'

describe('the settings', () => {
  it('have defaults that they could have been given', () => {
    const said = Object.fromEntries(Object.entries(DEFAULTS).filter(([, value]) => value !== null))
    expect(readSettings(said, 'a test')).toEqual(said)
    expect(new App().config).toEqual(DEFAULTS)
  })

  it('are kept as they are, whatever happens to what they were read from', () => {
    const taskQueues = ['web']
    const taskRoutes = { fetch: { queue: 'web' } }
    const app = new App({ taskQueues, taskRoutes })
    taskQueues.push('more')
    taskRoutes.fetch.queue = 'more'
    expect(app.config).toMatchObject({ taskQueues: ['web'], taskRoutes: { fetch: { queue: 'web' } } })
    expect([app.config, app.config.taskQueues, app.config.taskRoutes].every(Object.isFrozen)).toBe(true)
  })

  it('go by their short names as well; a long one counts more', () => {
    expect(readSettings({ alwaysEager: true }, 'a test')).toEqual({ taskAlwaysEager: true })
    expect(readSettings({ events: true }, 'a test')).toEqual({
      taskSendSentEvent: true,
      workerSendTaskEvents: true,
    })
    const [one, other] = [
      { taskSendSentEvent: false, events: true },
      { events: true, taskSendSentEvent: false },
    ]
    for (const said of [one, other])
      expect(readSettings(said, 'a test')).toEqual({ taskSendSentEvent: false, workerSendTaskEvents: true })
  })

  it('say nothing where they are undefined', () => {
    const said = { taskDefaultQueue: undefined, alwaysEager: undefined } as unknown as Settings
    expect(readSettings(said, 'a test')).toEqual({})
  })

  it.each<[keyof typeof SETTINGS, unknown, RegExp]>([
    ['taskDefaultQueue', '', /The option taskDefaultQueue of a test cannot be ""\. Give a text/],
    ['taskQueues', 'web', /taskQueues of a test cannot be "web"\. Give a list/],
    ['taskQueues', [], /Give a list of texts, at least one/],
    ['taskCreateMissingQueues', 'yes', /Give true or false/],
    ['taskRoutes', 'web', /taskRoutes is "web"/],
    ['taskAnnotations', [], /taskAnnotations is an empty list\. Give options of tasks/],
    ['taskAnnotations', { 'a.*': 5 }, /The annotation of a\.\* is 5/],
    [
      'taskAnnotations',
      { 'a.*': { rateLimits: '1/s' } },
      /a\.\* has no option "rateLimits"\. Did you mean rateLimit\?/,
    ],
    ['taskAnnotations', { a: { name: 'b' } }, /The annotation of a has no option "name"/],
    ['taskDefaultPriority', 10, /Give a whole number from 0 to 9/],
    [
      'taskDefaultRateLimit',
      '10/d',
      /The option taskDefaultRateLimit of a test is "10\/d"\. Give a text such as/,
    ],
    ['taskTimeLimit', 0, /Give a duration above zero/],
    ['taskTimeLimit', 'soon', /taskTimeLimit of a test is "soon"\. Give milliseconds/],
    ['taskNaming', 'x', /Give a function/],
    ['workerConcurrency', 0, /Give a whole number from 1/],
    ['workerPrefetchMultiplier', -1, /Give a number from 0/],
    ['logLevel', 'loud', /Give one of 'debug'/],
  ])('%s cannot be %o', (name, value, says) => {
    const code = expect.stringMatching(/^(option|duration)-invalid$/)
    const refused = expect.objectContaining({ code, message: expect.stringMatching(says) })
    expect(() => readSettings({ [name]: value }, 'a test')).toThrow(refused)
  })

  it('that do not exist are refused, with the name that was probably meant', () => {
    const app = new App({ name: 'pages' })
    const misspelt = { taskDefaultQeue: 'web' } as Settings
    const says = /^(an app|the app pages) has no option "taskDefaultQeue"\. Did you mean taskDefaultQueue\?$/
    const refused = expect.objectContaining({ code: 'option-invalid', message: expect.stringMatching(says) })
    expect(() => new App(misspelt)).toThrow(refused)
    expect(() => app.configure(misspelt)).toThrow(refused)
    expect(() => app.configFrom(misspelt)).toThrow(refused)
    expect(() => app.configure({ backend: memoryBackend() } as Settings)).toThrow(/has no option "backend"/)
    expect(() => app.configure(5 as never)).toThrow(/The options of the app pages are 5\. Give an object/)
  })
})

describe('settings of the environment', () => {
  it('are read as their kinds say', () => {
    const environment = {
      PAGES_TASK_DEFAULT_QUEUE: 'web',
      PAGES_TASK_QUEUES: 'web, mail',
      PAGES_TASK_ROUTES: '{"mail.*":{"queue":"mail","priority":1}}',
      PAGES_TASK_ANNOTATIONS: '{"*":{"rateLimit":"10/m"}}',
      PAGES_TASK_CREATE_MISSING_QUEUES: '0',
      PAGES_TASK_ALWAYS_EAGER: 'true',
      PAGES_TASK_TIME_LIMIT: '5m',
      PAGES_TASK_SOFT_TIME_LIMIT: '1500',
      PAGES_TASK_DEFAULT_RATE_LIMIT: '10/s',
      PAGES_WORKER_CONCURRENCY: '4',
      PAGES_WORKER_PREFETCH_MULTIPLIER: '0.5',
      PAGES_LOG_LEVEL: 'warn',
      PATH: '/usr/bin',
      PAGES_UNSET: undefined,
    }
    expect(readSettings(settingsIn(environment, 'PAGES_'), 'a test')).toEqual({
      ...{ taskDefaultQueue: 'web', taskQueues: ['web', 'mail'], taskCreateMissingQueues: false },
      taskRoutes: { 'mail.*': { queue: 'mail', priority: 1 } },
      taskAnnotations: { '*': { rateLimit: '10/m' } },
      ...{
        taskAlwaysEager: true,
        taskTimeLimit: '5m',
        taskSoftTimeLimit: 1_500,
        taskDefaultRateLimit: '10/s',
      },
      ...{ workerConcurrency: 4, workerPrefetchMultiplier: 0.5, logLevel: 'warn' },
    })
  })

  it('have a variable each', () => {
    const names = Object.keys(SETTINGS)
    const environment = Object.fromEntries(
      names.map((name) => [`X_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`, '?']),
    )
    expect(Object.keys(settingsIn(environment, 'X_'))).toEqual(names)
  })

  it.each<[string, string, RegExp]>([
    [
      'PAGES_TASK_DEFAULT_QEUE',
      'x',
      /has no option "PAGES_TASK_DEFAULT_QEUE"\. Did you mean PAGES_TASK_DEFAULT_QUEUE\?/,
    ],
    [
      'PAGES_WORKER_CONCURRENCY',
      'four',
      /workerConcurrency of the app pages cannot be "four"\. Give a whole number/,
    ],
    [
      'PAGES_TASK_TIME_LIMIT',
      'soon',
      /taskTimeLimit of the app pages is "soon"\. Give .* It was read from the variable PAGES_TASK_TIME_LIMIT\.$/,
    ],
    ['PAGES_WORKER_CONCURRENCY', '', /workerConcurrency of the app pages cannot be ""/],
    [
      'PAGES_TASK_ALWAYS_EAGER',
      'yes',
      /taskAlwaysEager of the app pages cannot be "yes"\. Give true or false/,
    ],
    ['PAGES_TASK_ROUTES', '{oops', /taskRoutes is "\{oops"/],
    [
      'PAGES_TASK_ANNOTATIONS',
      '{"pages.*":{"rateLimit":"10/d"}}',
      /rateLimit of the task pages\.\* is "10\/d"/,
    ],
    ['PAGES_TASK_ANNOTATIONS', '{"*":{"maxRetries":-1}}', /maxRetries of the task \* cannot be -1/],
    ['PAGES_TASK_ANNOTATIONS', '{"*":{"timeLimit":1,"softTimeLimit":2}}', /annotation of \* is 2 ms, above/],
    ['PAGES_TASK_NAMING', 'x', /taskNaming of the app pages cannot be "x"\. Give a function/],
  ])('%s cannot be %o', (variable, text, says) => {
    process.env[variable] = text
    try {
      const app = new App({ name: 'pages' })
      const read = (): void => app.configFrom({ env: 'PAGES_' })
      expect(read).toThrow(expect.objectContaining({ message: expect.stringMatching(says) }))
      expect(read).toThrow(variable)
      expect(app.config).toEqual(DEFAULTS)
    } finally {
      delete process.env[variable]
    }
  })

  it('are asked for with a prefix', () => {
    for (const source of [{ env: '' }, { env: 5 }, { env: 'X_', workerConcurrency: 1 }, 'settings.js', null])
      expect(() => settingsFrom(source as never, 'the app pages')).toThrow(
        /^The settings of the app pages cannot be read from .*Give a module, such as/,
      )
  })
})

describe('settings of a module', () => {
  it('are its exports, or what it exports as default', async () => {
    const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`
    const named = await import(url("export const taskDefaultQueue = 'web'"))
    const whole = await import(url("export default { taskDefaultQueue: 'mail', workerConcurrency: 3 }"))
    const app = new App()
    app.configFrom(whole)
    app.configFrom(named)
    expect(app.config).toEqual({ ...DEFAULTS, taskDefaultQueue: 'web', workerConcurrency: 3 })
  })
})

describe('configuring an app', () => {
  it('changes what is said, and what was said last counts', () => {
    const app = new App({ taskDefaultQueue: 'one', workerConcurrency: 2 })
    app.configure({ taskDefaultQueue: 'two' })
    app.configure({ taskTimeLimit: '1m' })
    expect(app.config).toEqual({
      ...DEFAULTS,
      taskDefaultQueue: 'two',
      workerConcurrency: 2,
      taskTimeLimit: '1m',
    })
  })

  it('changes nothing when it is refused', () => {
    const app = new App()
    app.task('fetch', () => 1)
    const wrong = { taskDefaultQueue: 'x', taskAnnotations: { fetch: { rateLimit: 'often' } } } as never
    expect(() => app.configure(wrong)).toThrow(/rateLimit of the task fetch is "often"/)
    expect(() => app.configure({ taskAnnotations: { nobody: { maxRetries: -1 } } })).toThrow(
      /maxRetries of the task nobody/,
    )
    expect(app.config).toEqual(DEFAULTS)
  })

  it.each<[string, (app: App) => unknown]>([
    ['sends something', (app) => app.task('one', () => 1).delay()],
    ['runs something here', (app) => app.task('one', () => 1).apply()],
    ['makes a worker', (app) => app.worker()],
    ['looks up a result', (app) => app.result('some-id')],
    ['reads events', (app) => app.events()],
    ['speaks to workers', (app) => app.control.ping({ timeout: 0 })],
  ])('is too late once it %s', async (_, use) => {
    await using app = new App({ name: 'pages', report: () => {} })
    app.configure({ workerConcurrency: 2 })
    await use(app)
    const says = /^The app pages runs already, and goes by the settings it has\. Configure it before/
    const refused = expect.objectContaining({ code: 'config-frozen', message: expect.stringMatching(says) })
    expect(() => app.configure({ workerConcurrency: 3 })).toThrow(refused)
    expect(() => app.configFrom({ workerConcurrency: 3 })).toThrow(refused)
    expect(app.config.workerConcurrency).toBe(2)
  })

  it('is too late once it is closed, and then too it says so', async () => {
    const app = new App()
    await app.close()
    expect(() => app.configure({})).toThrow(expect.objectContaining({ code: 'app-closed' }))
    expect(app.backend.closed.aborted).toBe(true)
  })

  it('says how long results are kept where they are the app’s own', () => {
    const elsewhere = /and pages was given a backend\. Say it there, as redisBackend\(url, \{ resultTtl/
    const backend = memoryBackend()
    expect(() => new App({ name: 'pages', backend, resultExpires: '1h' })).toThrow(elsewhere)
    const app = new App({ name: 'pages', backend })
    expect(() => app.configure({ resultExpires: '1h' })).toThrow(elsewhere)
  })
})
