import { parseArgs } from 'node:util'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { startSite } from './site.ts'
import { formTasks } from './tasks.ts'

/*
 * A form in the browser, and a worker behind it:
 *
 *   npm run play 17-web-form/main.ts               all in this process
 *   npm run play 17-web-form/main.ts -- --redis    on the Redis server at REDIS_URL; started twice, they share the work
 */

const { values: flags } = parseArgs({ options: { redis: { type: 'boolean', default: false } } })
const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const backend = flags.redis ? redisBackend(url, { prefix: 'web-form' }) : null

await using app = new App({ name: 'web-form', ...(backend && { backend }) })
await using site = await startSite(app, formTasks(app))
console.log(`Open ${site.origin} in a browser. Ctrl-C ends it.`)
await app.worker({ concurrency: 4 }).runUntilSignal({ within: '5s' })
