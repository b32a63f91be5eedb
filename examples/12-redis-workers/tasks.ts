import { setTimeout as sleep } from 'node:timers/promises'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'

/** What producer and workers share: where the work lies, and which tasks there are. */
export function connect(url: string) {
  // A worker that is silent for a second is taken for dead. The default is 30 seconds.
  const backend = redisBackend(url, { prefix: 'redis-workers', lease: '1s' })
  const app = new App({ name: 'redis-workers', backend, logLevel: 'warn' }) // else workers write a line for each task
  return {
    app,
    countWords: app.task('countWords', (text: string) => text.split(/\s+/).length),
    total: app.task('total', (counts: number[]) => counts.reduce((a, b) => a + b, 0)),

    /** Takes its time, says how far it is, and gives the process that brought it to its end. */
    bake: app.task({ name: 'bake', bind: true }, async (self, minutes: number) => {
      for (let minute = 1; minute <= minutes; minute++) {
        await self.updateState('BAKING', { minute, pid: process.pid })
        await sleep(100)
      }
      return process.pid
    }),
  }
}
