import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { App } from '@arpeggio/canvas'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeTasks } from '../support/thread-tasks.ts'
import { IN_THREADS } from './threads.suite.ts'

/* How threads come to the app, and what keeps them from it. */

const SLOW = { timeout: 60_000 }
const run = promisify(execFile)
const fileOf = (name: string): URL => new URL(`../support/${name}`, import.meta.url)

describe('the module of a pool of threads', SLOW, () => {
  let app: App
  let tasks: ReturnType<typeof makeTasks>
  beforeEach(() => {
    app = new App({ name: 'main' })
    tasks = makeTasks(app)
  })
  afterEach(() => app.close())

  function start(module: string | URL): Promise<void> {
    return app.worker({ ...IN_THREADS, module }).start()
  }

  test('may be given as a path, and export the app by default', async () => {
    await start(fileURLToPath(fileOf('thread-app-by-default.ts')))
    expect(await tasks.add.run(1, 2)).toBe(3)
  })

  test.each([
    ['is not there', 'data:text/javascript,import "file:///nowhere.js"', 'nowhere.js'],
    [
      'throws',
      'data:text/javascript,throw new Error("no configuration")',
      'cannot be loaded: no configuration',
    ],
    ['exports no app', 'data:text/javascript,export const app = {}', 'it exports no app. Export the App'],
  ])('that %s is refused when the worker starts', async (_what, module, said) => {
    await expect(start(module)).rejects.toMatchObject({
      code: 'option-invalid',
      message: expect.stringContaining(said),
    })
  })

  test('that starts a worker itself is refused', async () => {
    await expect(start(fileOf('thread-worker.ts'))).rejects.toMatchObject({
      message: expect.stringContaining('The module of threaded starts a worker, also in the threads'),
    })
  })

  test('that kills each thread before it begins fails what is to be run, and not for ever', async () => {
    await start(fileOf('thread-app-that-dies.ts'))
    await expect(tasks.once.run()).rejects.toMatchObject({
      name: 'WorkerLostError',
      message: 'A thread died before once could begin in it: it ended with code 5',
    })
  })

  test('that never comes to an end is not waited for by who stops the worker', async () => {
    const worker = app.worker({
      ...IN_THREADS,
      module: 'data:text/javascript,setInterval(() => {}, 1000); await new Promise(() => {})',
    })
    const starting = worker.start()
    const failed = expect(starting).rejects.toThrow('cannot be loaded: its worker was stopped')
    expect(await worker.stop()).toEqual({ finished: 0, givenBack: 0 })
    await failed
  })

  test('is loaded anew by a worker that was stopped and starts again', async () => {
    const worker = app.worker({ ...IN_THREADS, concurrency: 1 })
    await worker.start()
    const first = await tasks.thread.run()
    await worker.stop()
    await worker.start()
    expect(await tasks.thread.run()).not.toBe(first)
  })
})

test(
  'threads with nothing to do keep no process alive, and those that never end are ended',
  SLOW,
  async () => {
    const { execArgv } = IN_THREADS
    const file = fileURLToPath(fileOf('thread-process.ts'))
    const { stdout, stderr } = await run(process.execPath, [...execArgv, file], { timeout: 50_000 })
    expect([stdout, stderr]).toEqual(['3 TimeLimitExceeded\n', ''])
  },
)
