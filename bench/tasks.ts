import { type App, chain, chord, group, type Signature } from '@arpeggio/canvas'

export type BenchTasks = ReturnType<typeof benchTasks>

/** Tasks that do nothing worth mentioning, and canvases of them that know what they must come to. */
export function benchTasks(app: App) {
  const noop = app.task('noop', (): null => null)
  const same = app.task('same', (n: number) => n)
  const next = app.task('next', (n: number) => n + 1)
  const total = app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => same.s(n))
  return {
    noop,
    next,
    groupOf: (count: number): Known<number[]> => ({
      canvas: group(numbers(count)),
      expected: (values) => values.length === count && values[7] === 7,
    }),
    chordOf: (count: number): Known<number> => ({
      canvas: chord(numbers(count), total.s()),
      expected: (value) => value === (count * (count - 1)) / 2,
    }),
    chainOf: (count: number): Known<number> => ({
      canvas: next.s(0).pipe(chain(Array.from({ length: count - 1 }, () => next.s()))),
      expected: (value) => value === count,
    }),
  }
}

/** A canvas, and whether a value is what it must come to. */
interface Known<T> {
  readonly canvas: Signature<T>
  expected(value: T): boolean
}

/** Sends it and waits; tells how long that took, in milliseconds. A wrong value has no speed. */
export async function play<T>({ canvas, expected }: Known<T>): Promise<number> {
  const start = performance.now()
  const value = await canvas.run()
  const ms = performance.now() - start
  if (!expected(value)) throw new Error(`${String(canvas).slice(0, 80)} gave something else`)
  return ms
}
