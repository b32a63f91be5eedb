import { many, timed } from '../measure.ts'
import type { Stage } from './stage.ts'

/** How much is measured: what counts, what shows within a minute that all is well, and what a test can wait for. */
export type Scale = 'full' | 'short' | 'tiny'

/** Something that both sides do. A measurement of it gives one number for each of its figures. */
export interface Measure {
  readonly name: string
  readonly figures: readonly Figure[]
  readonly sizes: Readonly<Record<Scale, number>>
  /**
   * At which scale it is done before it counts: as it is, so that the compiler of Node knows all of it by then, or smaller where it
   * takes long. What weighs memory begins with as little as it can.
   */
  readonly warmUp: Scale
  run(stage: Stage, size: number): Promise<readonly number[]>
}

/** One line of the table. Of what is a second, more is better; of all else, less. */
export interface Figure {
  readonly name: string
  readonly unit: 'a second' | 'ms' | 'bytes' | 'MB'
  /** What the ratio, ours to the peer's, should be: at least so much of what is a second, at most so much of all else. */
  readonly aim?: number
}

/** Calls that are on their way at once, where each thing is sent by a call of its own. */
const IN_FLIGHT = 100

const CONCURRENCY = 100

/** All of them, in the order of the table. */
export const MEASURES: readonly Measure[] = [
  {
    name: 'publish-one',
    figures: [{ name: 'publish-one', unit: 'a second' }],
    sizes: { full: 20_000, short: 2_000, tiny: 20 },
    warmUp: 'full',
    async run({ producer }, count) {
      return [perSecond(count, await timed(() => inFlight(count, (n) => producer.send(n))))]
    },
  },
  {
    name: 'publish-many',
    figures: [{ name: 'publish-many', unit: 'a second' }],
    sizes: { full: 20_000, short: 2_000, tiny: 20 },
    warmUp: 'full',
    async run({ producer }, count) {
      return [perSecond(count, await timed(() => producer.sendMany(count)))]
    },
  },
  {
    name: 'publish-bulk',
    figures: [{ name: 'publish-bulk', unit: 'a second', aim: 8 }],
    sizes: { full: 50_000, short: 5_000, tiny: 20 },
    warmUp: 'full',
    async run({ producer }, count) {
      return [perSecond(count, await timed(() => producer.sendBulk(count)))]
    },
  },
  processing(1, 5_000),
  processing(10, 10_000),
  processing(100, 20_000, 2.5),
  flow('chain-1000', { full: 1_000, short: 200, tiny: 5 }, 2.5, async ({ producer }, steps) => {
    expect(await producer.chain(steps), steps)
    return steps
  }),
  flow('chord-100', { full: 100, short: 100, tiny: 5 }, null, async ({ producer }, members) => {
    expect(await producer.chord(members), sumBelow(members))
    return members
  }),
  flow('chord-1000', { full: 1_000, short: 300, tiny: 10 }, null, async ({ producer }, members) => {
    expect(await producer.chord(members), sumBelow(members))
    return members
  }),
  flow('chord-10000', { full: 10_000, short: 1_000, tiny: 10 }, 5, async ({ producer }, members) => {
    expect(await producer.chord(members), sumBelow(members))
    return members
  }),
  flow('chords-1000x10', { full: 1_000, short: 100, tiny: 3 }, 3, async ({ producer }, count) => {
    const values = await producer.chords(count, 10)
    expect(values.length, count)
    for (const value of values) expect(value, sumBelow(10))
    return count * 10
  }),
  flow('nested-10x10x10', { full: 10, short: 5, tiny: 2 }, null, async ({ producer }, width) => {
    expect(await producer.nested(width), width ** 3)
    return width ** 3
  }),
  {
    name: 'latency',
    figures: [
      { name: 'latency-p50', unit: 'ms', aim: 0.6 },
      { name: 'latency-p99', unit: 'ms' },
    ],
    sizes: { full: 1_000, short: 200, tiny: 5 },
    warmUp: 'full',
    run: (stage, count) =>
      stage.withWorker(CONCURRENCY, async () => {
        const taken: number[] = []
        for (let n = 0; n < count; n++)
          taken.push(await timed(async () => expect(await stage.producer.one(n), n)))
        taken.sort((a, b) => a - b)
        return [0.5, 0.99].map((share) => taken[Math.floor(count * share)] as number)
      }),
  },
  {
    name: 'launch-100k',
    figures: [
      { name: 'launch-100k', unit: 'ms' },
      { name: 'bystander-ping', unit: 'ms', aim: 0.1 },
      { name: 'producer-memory-100k', unit: 'MB' },
    ],
    sizes: { full: 100_000, short: 10_000, tiny: 200 },
    warmUp: 'tiny',
    async run(stage, members) {
      await stage.worstPing()
      const before = process.memoryUsage.rss()
      const start = performance.now()
      await stage.producer.launch(members)
      const ms = performance.now() - start
      const megabytes = (process.resourceUsage().maxRSS * 1_024 - before) / 1_000_000
      return [ms, await stage.worstPing(), megabytes]
    },
  },
  {
    // Our members come into the queue while they run, so that time counts as well.
    name: 'bystander-ping-running',
    figures: [{ name: 'bystander-ping-running', unit: 'ms' }],
    sizes: { full: 10_000, short: 1_000, tiny: 20 },
    warmUp: 'short',
    run: (stage, members) =>
      stage.withWorker(CONCURRENCY, async () => {
        await stage.worstPing()
        const value = await stage.producer.launch(members)
        expect(await value(), members)
        return [await stage.worstPing()]
      }),
  },
  footprint('memory', ({ producer }, count) => producer.sendMany(count), 0.4),
  footprint('memory-bulk', ({ producer }, count) => producer.sendBulk(count)),
]

/** No-ops that were sent while nobody worked. */
function processing(concurrency: 1 | 10 | 100, full: number, aim?: number): Measure {
  const name = `process-noop-${concurrency}`
  return {
    name,
    figures: [{ name, unit: 'a second', ...(aim !== undefined && { aim }) }],
    sizes: { full, short: 2_000, tiny: 20 },
    warmUp: 'full',
    async run(stage, count) {
      await stage.producer.sendMany(count)
      return [await stage.workOff(concurrency, count)]
    },
  }
}

/** What tasks take of the server, before somebody works and when all have succeeded. */
function footprint(
  name: string,
  send: (stage: Stage, count: number) => Promise<void>,
  aim?: number,
): Measure {
  return {
    name,
    figures: [
      { name: `${name}-queued`, unit: 'bytes', ...(aim !== undefined && { aim }) },
      { name: `${name}-done`, unit: 'bytes' },
    ],
    sizes: { full: 10_000, short: 2_000, tiny: 1_000 },
    warmUp: 'tiny',
    async run(stage, count) {
      const empty = await stage.bytes()
      await send(stage, count)
      const queued = await stage.bytes()
      await stage.workOff(CONCURRENCY, count)
      return [queued, await stage.bytes()].map((bytes) => (bytes - empty) / count)
    },
  }
}

/** From sending to value, with a worker that waits for it. `play` tells how many tasks that were. */
function flow(
  name: string,
  sizes: Measure['sizes'],
  aim: number | null,
  play: (stage: Stage, size: number) => Promise<number>,
): Measure {
  return {
    name,
    figures: [{ name, unit: 'a second', ...(aim !== null && { aim }) }],
    sizes,
    warmUp: 'full',
    run: (stage, size) =>
      stage.withWorker(CONCURRENCY, async () => {
        const start = performance.now()
        const tasks = await play(stage, size)
        return [perSecond(tasks, performance.now() - start)]
      }),
  }
}

/** What is wrong has no speed. */
function expect(value: number, expected: number): void {
  if (value !== expected) throw new Error(`it gave ${value}, not ${many(expected)}`)
}

function sumBelow(count: number): number {
  return (count * (count - 1)) / 2
}

function perSecond(count: number, ms: number): number {
  return (count / ms) * 1_000
}

async function inFlight(count: number, send: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await send(next++)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}
