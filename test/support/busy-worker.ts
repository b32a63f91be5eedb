import { appendFileSync } from 'node:fs'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { answer } from './process.ts'

/*
 * A process: a worker whose task keeps the event loop to itself.
 *
 *   arguments  the server's URL, the length of a lease, a file that gets a line each time the task begins
 *   start      starts the worker
 */

const [url = '', lease = '', ledger = ''] = process.argv.slice(2)
const app = new App({
  logLevel: 'silent',
  backend: redisBackend(url, { lease: Number(lease), warn: () => {} }),
})
app.task('busy', (ms: number) => {
  appendFileSync(ledger, `${process.pid}\n`)
  const end = performance.now() + ms
  while (performance.now() < end);
  return process.pid
})

answer({ start: () => app.worker().start() })
