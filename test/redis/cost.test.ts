import { App, chain, chord } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { beforeAll, describe, expect, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

const here = redisHere()

/** What the server was asked to do. Counted by the server itself, and no clock is involved. */
interface Cost {
  readonly scripts: number
  /** Calls of a command that reads a list, in scripts or not. */
  readonly listReads: number
  /** Both ways, everything that anybody sent. */
  readonly bytes: number
  /** Fields of hashes, members of sets, items of lists: all that is left when it is over. */
  readonly entries: number
}

const SCRIPTS = ['eval', 'evalsha', 'fcall']

/** What it costs to send and run a canvas, on an app with one worker that has run something already. */
async function costOf(draw: (app: App) => { run(): Promise<unknown> }): Promise<Cost> {
  await here.redis.flushall()
  const app = new App({ logLevel: 'silent', backend: redisBackend(here.server.url, { warn: () => {} }) })
  const canvas = draw(app)
  try {
    await app.worker({ concurrency: 100 }).start()
    await app.task('warm-up', () => null).run()
    const entries = await countEntries()
    await here.redis.config('RESETSTAT')
    await canvas.run()
    const stats = await here.redis.info('stats', 'commandstats')
    const statOf = (name: string): number =>
      Number(new RegExp(`^${name}[:=](?:calls=)?(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
    return {
      scripts: SCRIPTS.reduce((sum, name) => sum + statOf(`cmdstat_${name}`), 0),
      listReads: statOf('cmdstat_lrange'),
      bytes: statOf('total_net_input_bytes') + statOf('total_net_output_bytes'),
      entries: (await countEntries()) - entries,
    }
  } finally {
    await app.close()
  }
}

async function countEntries(): Promise<number> {
  const counts = (await here.redis.keys('*')).map(async (key) => {
    switch (await here.redis.type(key)) {
      case 'hash':
        return here.redis.hlen(key)
      case 'list':
        return here.redis.llen(key)
      case 'set':
        return here.redis.scard(key)
      case 'zset':
        return here.redis.zcard(key)
      default:
        return 1
    }
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

/** What does not depend on how many there are: the run's own record, and a round of waiting. */
const CONSTANT = 30

describe('a chord of 1,000', () => {
  const MEMBERS = 1_000
  let cost: Cost
  beforeAll(async () => {
    cost = await costOf((app) => {
      const noop = app.task('noop', () => null)
      const count = app.task('count', (values: unknown[]) => values.length)
      return chord(
        Array.from({ length: MEMBERS }, () => noop.s()),
        count.s(),
      )
    })
  })

  test('costs at most 1.2 script calls a member, its launch included', () => {
    expect(cost.scripts).toBeGreaterThan(1)
    expect(cost.scripts / MEMBERS).toBeLessThan(1.2)
  })

  test('costs at most 1.2 kB on the wire a member', () => {
    expect(cost.bytes / MEMBERS).toBeGreaterThan(10)
    expect(cost.bytes / MEMBERS).toBeLessThan(1_200)
  })

  test('leaves at most one record a member behind', () => {
    expect(cost.entries).toBeGreaterThanOrEqual(MEMBERS)
    expect(cost.entries).toBeLessThan(MEMBERS + CONSTANT)
  })
})

describe('a chain of 1,000', () => {
  const STEPS = 1_000
  let short: Cost
  let long: Cost
  beforeAll(async () => {
    const chainOf = (steps: number) => (app: App) => {
      const next = app.task('next', (n: number) => n + 1)
      return next.s(0).pipe(chain(Array.from({ length: steps - 1 }, () => next.s())))
    }
    short = await costOf(chainOf(STEPS / 4))
    long = await costOf(chainOf(STEPS))
  })

  test('costs one script call a step', () => {
    expect(long.scripts).toBeGreaterThanOrEqual(STEPS)
    expect(long.scripts).toBeLessThan(1.1 * STEPS) // now and then it asks for steps to come
  })

  test('reads its steps many at a time', () => {
    expect(long.listReads).toBeGreaterThan(0)
    expect(long.listReads).toBeLessThan(STEPS / 10)
  })

  test('sends as much a step as one of 250: its messages do not grow with it', () => {
    expect(long.bytes / STEPS).toBeGreaterThan(10)
    expect(long.bytes / STEPS).toBeLessThan((1.1 * short.bytes) / (STEPS / 4))
  })
})
