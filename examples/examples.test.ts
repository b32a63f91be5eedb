import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { format } from 'node:util'
import { App, type AppOptions } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PrivateServer, startServer } from '../test/support/redis-server.ts'

/** An example as its file exports it. */
interface Example {
  run(app: App, print: (...values: readonly unknown[]) => void): Promise<void>
}

const FOLDER = import.meta.dirname
const SHORT = readdirSync(FOLDER).filter((file) => /^\d\d-[a-z-]+\.ts$/.test(file))
const EXAMPLES = [...SHORT, '18-spam-filter/main.ts']

/** An eager run is over when its handle is there: nobody can watch it, stop it, or share it among workers. */
const LIVE_ONLY = [
  '13-progress.ts',
  '15-rate-limit.ts',
  '16-time-limits-and-abort.ts',
  '18-spam-filter/main.ts',
]

/** What the comments of a file promise: the text after each `// =>`, from top to bottom. */
function promised(file: string): string {
  const source = readFileSync(join(FOLDER, file), 'utf8')
  return Array.from(source.matchAll(/\/\/ => (.*)/g), ([, line]) => `${line}\n`).join('')
}

let server: PrivateServer
beforeAll(async () => {
  server = await startServer()
}, 300_000)
afterAll(() => server?.stop())

/** Where examples are run, and how an app gets there. */
const PLACES: Readonly<Record<string, (file: string) => AppOptions>> = {
  'in memory': () => ({}),
  eagerly: () => ({ alwaysEager: true }),
  'on Redis': (prefix) => ({
    logLevel: 'silent',
    backend: redisBackend(server.url, { prefix, warn: () => {} }),
  }),
}

describe.each(Object.entries(PLACES))('%s', (where, optionsFor) => {
  const runnable = EXAMPLES.filter((file) => where !== 'eagerly' || !LIVE_ONLY.includes(file))
  test.each(runnable)('%s prints what its comments say', async (file) => {
    const { run } = (await import(join(FOLDER, file))) as Example
    await using app = new App(optionsFor(file))
    if (where !== 'eagerly') await app.worker().start()

    let printed = ''
    await run(app, (...values) => {
      printed += `${format(...values)}\n`
    })
    expect(printed).toBe(promised(file))
  })
})

test('13-progress.ts draws a bar where there is a terminal', async () => {
  const { run } = await import('./13-progress.ts')
  await using app = new App()
  await app.worker().start()
  const drawn: string[] = []
  await run(app, () => {}, { write: (text) => drawn.push(text) })
  expect(drawn.slice(-3)).toEqual([
    `\r${'█'.repeat(12)}${'░'.repeat(12)} 2 of 4: lake.jpg\x1b[K`,
    `\r${'█'.repeat(18)}${'░'.repeat(6)} 3 of 4: owl.jpg\x1b[K`,
    `\r${'█'.repeat(24)} 4 of 4: rose.jpg\x1b[K\n`,
  ])
})

/** What can be called, and which file says what it prints. */
const PROGRAMS = [
  ...EXAMPLES.map((file) => [file, file] as const),
  ['12-redis-workers/main.ts', '12-redis-workers/producer.ts'] as const,
]

/** All that can be played: what stands in the table of examples/README.md, but for the test. */
const PLAYED = Array.from(
  readFileSync(join(FOLDER, 'README.md'), 'utf8').matchAll(/^\| \[([^\]]+)\]\(([^)]+)\)/gm),
  ([, name, file]) =>
    (file as string).includes('/') ? `${name}/main.ts`.replace('//', '/') : (file as string),
).filter((file) => !file.endsWith('.test.ts'))

describe('from the command line', () => {
  test.concurrent.each(PROGRAMS)(
    '%s prints what its comments say, and ends by itself',
    async (file, told) => {
      const node = spawn(
        process.execPath,
        ['--conditions=@arpeggio/source', '--import=tsx', join(FOLDER, file)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      const [printed, [code]] = await Promise.all([text(node.stdout), once(node, 'exit')])
      expect(printed).toBe(promised(told))
      expect(code).toBe(0)
    },
    30_000,
  )

  test.concurrent.each([[[]], [['nowhere.ts']], [['etl']]])(
    'without the name of an example it is told which can be played: %o',
    async (given) => {
      const node = spawn(
        process.execPath,
        ['--conditions=@arpeggio/source', '--import=tsx', join(FOLDER, 'play.ts'), ...given],
        { stdio: ['ignore', 'inherit', 'pipe'] },
      )
      const [told, [code]] = await Promise.all([text(node.stderr), once(node, 'exit')])
      expect(told.trimEnd().split('\n')).toEqual([
        ...given.map((file) => `There is no file ${file} in examples.`),
        'Usage: npm run play <file in examples>, which is one of',
        ...PLAYED.map((file) => `  ${file}`),
      ])
      expect(code).toBe(2)
    },
    30_000,
  )

  test.concurrent.each([
    [
      'what it was given makes no sense',
      ['--rediss'],
      2,
      /^Unknown option '--rediss'\. Usage: see the first lines of 17-web-form\/main\.ts\.\n$/,
    ],
    ['no Redis is there', ['--redis'], 1, /^Redis cannot be used: connect ECONNREFUSED .*\n$/],
  ] as const)(
    'one says in one line what to do if %s',
    async (_, given, exitCode, says) => {
      const node = spawn(
        process.execPath,
        [
          ...['--conditions=@arpeggio/source', '--import=tsx', join(FOLDER, 'play.ts')],
          ...['17-web-form/main.ts', ...given],
        ],
        { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, REDIS_URL: 'redis://127.0.0.1:1' } },
      )
      const [told, [code]] = await Promise.all([text(node.stderr), once(node, 'exit')])
      expect(told).toMatch(says)
      expect(code).toBe(exitCode)
    },
    30_000,
  )

  test.concurrent.each([[['12-redis-workers/main.ts']], [['play.ts', '12-redis-workers/main.ts']]])(
    'one that finds no Redis server to start says so in one line, however it was called: %o',
    async ([program, ...given]) => {
      const node = spawn(
        process.execPath,
        ['--conditions=@arpeggio/source', '--import=tsx', join(FOLDER, program as string), ...given],
        { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: '' } },
      )
      const [told, [code]] = await Promise.all([text(node.stderr), once(node, 'exit')])
      expect(told).toBe('No Redis is installed here: install redis-server.\n')
      expect(code).toBe(1)
    },
    30_000,
  )

  test('one is played as if it had been started itself', async () => {
    const node = spawn(
      process.execPath,
      ['--conditions=@arpeggio/source', '--import=tsx', join(FOLDER, 'play.ts'), '01-hello.ts'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    expect(await text(node.stdout)).toBe(promised('01-hello.ts'))
  }, 30_000)
})
