import { App, chain, group } from '@arpeggio/canvas'
import { type Measure, many, type Take, timed } from './measure.ts'
import { type BenchTasks, benchTasks, play } from './tasks.ts'

/** What the memory backend takes, and what a canvas takes before it is sent anywhere. */
export async function measureMemory(take: Take): Promise<void> {
  await take(throughputOf(100_000))
  await take(
    playing("chord of 100,000, delay() to the body's value", ({ chordOf }) => play(chordOf(100_000))),
  )
  await take(playing('group of 100,000, delay() to the list', ({ groupOf }) => play(groupOf(100_000))))
  await take(playing('chain of 10,000, delay() to the last value', ({ chainOf }) => play(chainOf(10_000))))
  for (const measure of beforeItIsSent(100_000)) await take(measure)
}

/** No-op tasks through one worker, results kept: a group of them, from the worker's start to its last one's end. */
function throughputOf(count: number): Measure {
  return {
    figures: [{ name: `no-op tasks through one worker, ${many(count)} of them`, unit: 'tasks/s' }],
    async run() {
      await using app = new App()
      const { noop } = benchTasks(app)
      const result = await group(Array.from({ length: count }, () => noop.s())).delay()
      const last = result.results[count - 1]
      const worker = app.worker({ concurrency: 100 })
      const ms = await timed(async () => {
        await worker.start()
        await last?.get()
      })
      return [(count / ms) * 1_000]
    },
  }
}

/** In an app of its own, with one worker. */
function playing(name: string, playIn: (tasks: BenchTasks) => Promise<number>): Measure {
  return {
    figures: [{ name, unit: 'ms' }],
    async run() {
      await using app = new App()
      const tasks = benchTasks(app)
      await app.worker({ concurrency: 100 }).start()
      return [await playIn(tasks)]
    },
  }
}

function beforeItIsSent(count: number): Measure[] {
  const { next } = benchTasks(new App())
  const steps = Array.from({ length: count }, () => next.s())
  const canvas = chain(steps)
  const site = { under: '', takes: '', link: [], errback: [], options: {} }
  const deed = (name: string, deed: () => unknown): Measure => ({
    figures: [{ name: `${name} a chain of ${many(count)} steps`, unit: 'ms' }],
    run: async () => [await timed(deed)],
  })
  return [
    deed('build', () => chain(steps)),
    deed('compile', () => canvas.toPlan(site)),
    deed('draw as Mermaid', () => canvas.toMermaid()),
    deed('stringify', () => canvas.stringify()),
  ]
}
