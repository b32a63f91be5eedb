import { App, chord } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { answer } from './process.ts'

/*
 * A process: a producer that sends one wide chord of no-ops, and tells what that cost it.
 *
 *   arguments  the server's URL, the prefix of all keys, how many members
 *   ready      connects
 *   launch     draws and sends it; tells the run's id, how long `delay()` took, and how much memory all of it took at most
 */

const [url = '', prefix = '', members = ''] = process.argv.slice(2)
const app = new App({ logLevel: 'silent', backend: redisBackend(url, { prefix, warn: () => {} }) })
const noop = app.task('noop', (): null => null)
const count = app.task('count', (values: unknown[]) => values.length)

/** What is told of a launch. */
export interface Launched {
  readonly id: string
  readonly ms: number
  readonly megabytes: number
}

answer({
  async ready() {
    await noop.delay()
  },
  async launch(): Promise<Launched> {
    const before = process.memoryUsage.rss()
    const header = Array.from({ length: Number(members) }, () => noop.s())
    const canvas = chord(header, count.s())
    const start = performance.now()
    const { id } = await canvas.delay()
    const ms = performance.now() - start
    return { id, ms, megabytes: (process.resourceUsage().maxRSS * 1_024 - before) / 1_000_000 }
  },
})
