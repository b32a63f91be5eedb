import { expectTypeOf, test } from 'vitest'
import { App, type Config, type Duration, type Settings } from '../index.ts'

const app = new App({ taskDefaultQueue: 'web', alwaysEager: true, name: 'pages' })

test('a setting has the type of its kind', () => {
  app.configure({
    taskQueues: ['web', 'mail'],
    workerConcurrency: 4,
    taskTimeLimit: '5m',
    resultExpires: 1_000,
  })
  // @ts-expect-error: a queue is a text
  app.configure({ taskDefaultQueue: 7 })
  // @ts-expect-error: queues are a list
  app.configure({ taskQueues: 'web' })
  // @ts-expect-error: no such unit
  app.configure({ taskTimeLimit: '5y' })
  // @ts-expect-error: no such level
  app.configure({ logLevel: 'loud' })
})

test('a setting that does not exist is refused', () => {
  // @ts-expect-error: misspelt
  app.configure({ taskDefaultQeue: 'web' })
  // @ts-expect-error: misspelt
  new App({ taskDefaultQeue: 'web' })
  // @ts-expect-error: what an app is made of is no setting
  app.configure({ name: 'pages' })
})

test('an app is made of its options, and of nothing else', () => {
  expectTypeOf<ConstructorParameters<typeof App>['length']>().toEqualTypeOf<0 | 1>()
})

test('routes are tables, functions, pairs and lists of these', () => {
  app.configure({ taskRoutes: { 'pages.*': 'web', mail: { queue: 'mail', priority: 1, timeLimit: '5m' } } })
  app.configure({
    taskRoutes: [[/^pages/, 'web'], { mail: 'mail' }, (task) => (task === 'x' ? 'x' : undefined)],
  })
  app.configure({
    taskRoutes: (task, args, kwargs, options) => {
      expectTypeOf(task).toEqualTypeOf<string>()
      expectTypeOf(options.queue).toEqualTypeOf<string | undefined>()
      return args.length > Object.keys(kwargs).length ? { queue: task } : null
    },
  })
  // @ts-expect-error: no option of a route
  app.configure({ taskRoutes: { mail: { countdown: 5 } } })
  // @ts-expect-error: a queue is a text
  app.configure({ taskRoutes: { mail: 5 } })
})

test('annotations are options of tasks, but for what a task is', () => {
  app.configure({ taskAnnotations: { 'pages.*': { rateLimit: '10/m', maxRetries: 5 } } })
  // @ts-expect-error: per day
  app.configure({ taskAnnotations: { 'pages.*': { rateLimit: '10/d' } } })
  // @ts-expect-error: the name of a task is its own
  app.configure({ taskAnnotations: { 'pages.*': { name: 'x' } } })
})

test('settings come from a module or from the environment', () => {
  app.configFrom({ env: 'PAGES_' })
  app.configFrom({ default: { taskDefaultQueue: 'web' } })
  app.configFrom({ taskDefaultQueue: 'web' })
  // @ts-expect-error: a prefix is a text
  app.configFrom({ env: 5 })
})

test('the config has every setting, and null only where nothing is a value', () => {
  expectTypeOf(app.config).toEqualTypeOf<Config>()
  expectTypeOf(app.config.taskDefaultQueue).toEqualTypeOf<string>()
  expectTypeOf(app.config.taskTimeLimit).toEqualTypeOf<Duration | null>()
  expectTypeOf(app.config.workerConcurrency).toEqualTypeOf<number | null>()
  expectTypeOf<Settings['events']>().toEqualTypeOf<boolean | undefined>()
  // @ts-expect-error: it is read, and changed by configure()
  app.config.taskDefaultQueue = 'mail'
})
