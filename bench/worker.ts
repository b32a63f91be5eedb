import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { answer } from '../test/support/process.ts'
import { benchTasks } from './tasks.ts'

/*
 * A process: one worker.
 *
 *   arguments    the server's URL
 *   start, stop  the worker, not the process
 */

const app = new App({
  logLevel: 'silent',
  backend: redisBackend(process.argv[2] as string, { warn: () => {} }),
})
benchTasks(app)
const worker = app.worker({ concurrency: 100 })

answer({ start: () => worker.start(), stop: () => worker.stop() })
