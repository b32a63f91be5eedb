import { App, chain, chord, group } from '@arpeggio/canvas'

/** Something whose speed is measured: one round gives one figure. */
export interface Measure {
  readonly name: string
  readonly unit: 'ms' | 'tasks/s'
  run(): Promise<number>
}

/** No-op tasks through one worker, results kept: a group of them, from the worker's start to its last one's end. */
export function noopThroughput(count: number): Measure {
  return {
    name: `no-op tasks through one worker, ${count.toLocaleString('en')} of them`,
    unit: 'tasks/s',
    async run() {
      await using app = new App()
      const noop = app.task('noop', () => null)
      const result = await group(Array.from({ length: count }, () => noop.s())).delay()
      const worker = app.worker({ concurrency: 100 })
      const start = performance.now()
      await worker.start()
      await result.results[count - 1]?.get()
      return (count / (performance.now() - start)) * 1_000
    },
  }
}

/** From `delay()` to the body's value. */
export function chordOf(count: number): Measure {
  return {
    name: `chord of ${count.toLocaleString('en')}, delay() to the body's value`,
    unit: 'ms',
    async run() {
      await using app = new App()
      const same = app.task('same', (n: number) => n)
      const total = app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
      const canvas = chord(
        Array.from({ length: count }, (_, n) => same.s(n)),
        total.s(),
      )
      await app.worker({ concurrency: 100 }).start()
      const start = performance.now()
      const value = await canvas.run()
      if (value !== (count * (count - 1)) / 2) throw new Error(`the chord gave ${value}`)
      return performance.now() - start
    },
  }
}

export function groupOf(count: number): Measure {
  return {
    name: `group of ${count.toLocaleString('en')}, delay() to the list of values`,
    unit: 'ms',
    async run() {
      await using app = new App()
      const same = app.task('same', (n: number) => n)
      const canvas = group(Array.from({ length: count }, (_, n) => same.s(n)))
      await app.worker({ concurrency: 100 }).start()
      const start = performance.now()
      const values = await canvas.run()
      if (values.length !== count || values[7] !== 7) throw new Error('the group gave something else')
      return performance.now() - start
    },
  }
}

export function chainOf(count: number): Measure {
  return {
    name: `chain of ${count.toLocaleString('en')}, delay() to the last value`,
    unit: 'ms',
    async run() {
      await using app = new App()
      const next = app.task('next', (n: number) => n + 1)
      const canvas = next.s(0).pipe(chain(Array.from({ length: count - 1 }, () => next.s())))
      await app.worker({ concurrency: 100 }).start()
      const start = performance.now()
      const value = await canvas.run()
      if (value !== count) throw new Error(`the chain gave ${value}`)
      return performance.now() - start
    },
  }
}

/** What happens to a canvas before it is sent. */
export function compileAndDraw(count: number): Measure[] {
  const app = new App()
  const next = app.task('next', (n: number) => n + 1)
  const steps = Array.from({ length: count }, () => next.s())
  const canvas = chain(steps)
  const of = `of ${count.toLocaleString('en')} steps`
  const site = { under: '', takes: '', link: [], errback: [], options: {} }
  const timed = (name: string, deed: () => unknown): Measure => ({
    name: `${name} a chain ${of}`,
    unit: 'ms',
    async run() {
      const start = performance.now()
      deed()
      return performance.now() - start
    },
  })
  return [
    timed('build', () => chain(steps)),
    timed('compile', () => canvas.toPlan(site)),
    timed('draw as Mermaid', () => canvas.toMermaid()),
    timed('stringify', () => canvas.stringify()),
  ]
}
