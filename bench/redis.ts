import { join } from 'node:path'
import { App, type AsyncResult } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import type { Launched } from '../test/support/launcher.ts'
import { type Process, startProcess } from '../test/support/process.ts'
import { startServer } from '../test/support/redis-server.ts'
import { type Measure, many, type Take, timed } from './measure.ts'
import { type BenchTasks, benchTasks, play } from './tasks.ts'

/** What Redis takes: a private server, a producer here, and one worker in a process of its own. */
export async function measureRedis(take: Take): Promise<void> {
  await using server = await startServer()
  await using app = new App({ logLevel: 'silent', backend: redisBackend(server.url, { warn: () => {} }) })
  const start = (file: string, ...args: readonly string[]): Process =>
    startProcess(join(import.meta.dirname, file), [server.url, ...args], process.execArgv)
  await using worker = start('worker.ts')
  await worker.ask('start')
  const tasks = benchTasks(app)
  await take(throughputOf(20_000, tasks, worker))
  await take(playing("chord of 10,000, delay() to the body's value", () => play(tasks.chordOf(10_000))))
  await take(playing('chain of 1,000, delay() to the last value', () => play(tasks.chainOf(1_000))))
  await take(latencyOf(1_000, tasks))
  await using bystander = start('../test/support/bystander.ts')
  await take(launchOf(100_000, app, bystander, start))
}

/** Tasks that run side by side in the worker. Queues are fair, so those sent last are the last to end. */
const CONCURRENCY = 100

/** All of them are sent while nobody works, each as a run of its own; then the worker is let loose on them. */
function throughputOf(count: number, { noop }: BenchTasks, worker: Process): Measure {
  return {
    figures: [
      { name: `no-op tasks sent by one producer, ${many(count)} of them at once`, unit: 'messages/s' },
      { name: 'the same through one worker process, first to last result', unit: 'tasks/s' },
    ],
    async run() {
      await worker.ask('stop')
      const signature = noop.s()
      let results: readonly AsyncResult<null>[] = []
      const sendingMs = await timed(async () => {
        results = await Promise.all(Array.from({ length: count }, () => signature.delay()))
      })
      const first = results[0]?.get()
      const last = Promise.all(results.slice(-CONCURRENCY).map((result) => result.get()))
      await worker.ask('start')
      await first
      const workingMs = await timed(() => last)
      const states = await Promise.all(results.map((result) => result.state()))
      if (states.some((state) => state !== 'SUCCESS')) throw new Error('not all of them succeeded')
      return [(count / sendingMs) * 1_000, (count / workingMs) * 1_000]
    },
  }
}

function playing(name: string, playOnce: () => Promise<number>): Measure {
  return { figures: [{ name, unit: 'ms' }], run: async () => [await playOnce()] }
}

/** One task after another, while nothing else goes on. */
function latencyOf(count: number, { noop }: BenchTasks): Measure {
  return {
    figures: [
      { name: `one task on an idle system, delay() to value, p50 of ${many(count)}`, unit: 'ms' },
      { name: 'the same, p99', unit: 'ms' },
    ],
    async run() {
      const taken: number[] = []
      for (let nth = 0; nth < count; nth++) taken.push(await timed(() => noop.run()))
      taken.sort((a, b) => a - b)
      return [0.5, 0.99].map((share) => taken[Math.floor(count * share)] as number)
    },
  }
}

/** A producer sends one wide chord, the worker runs it, and somebody else asks the server for a PING each millisecond. */
function launchOf(
  count: number,
  app: App,
  bystander: Process,
  start: (file: string, ...args: readonly string[]) => Process,
): Measure {
  return {
    figures: [
      { name: `launch of ${many(count)} members, delay() alone`, unit: 'ms' },
      { name: "its producer's memory, drawing and all", unit: 'MB' },
      { name: 'worst PING of a bystander meanwhile', unit: 'ms' },
      { name: 'worst PING of a bystander while they run', unit: 'ms' },
    ],
    most: 3,
    async run() {
      await using producer = start('../test/support/launcher.ts', 'arpeggio', `${count}`)
      await producer.ask('ready')
      await bystander.ask('worst')
      const { id, ms, megabytes } = (await producer.ask('launch')) as Launched
      const launching = Number(await bystander.ask('worst'))
      await app.result(id).run.finished()
      const running = Number(await bystander.ask('worst'))
      return [ms, megabytes, launching, running]
    },
  }
}
