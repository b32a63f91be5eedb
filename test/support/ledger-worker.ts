import { readFileSync } from 'node:fs'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { ledgerTasks } from './ledger-tasks.ts'
import { answer } from './process.ts'
import type { Act } from './task-table.ts'

/*
 * A process: a worker that writes down each call before it runs it, where no death of its own can undo that.
 *
 *   arguments  the server's URL, the lease in ms, the file with the tables, the file to write to
 *   start      takes messages
 */

const [url = '', lease = '', tablesFile = '', ledgerFile = ''] = process.argv.slice(2)

/** The tables of some canvases, as they lie in a file. Run `n` is of the nth canvas, over and over. */
export type Tables = readonly (readonly (readonly [label: string, act: Act])[])[]

const tables: Tables = JSON.parse(readFileSync(tablesFile, 'utf8'))
const app = new App({
  logLevel: 'silent',
  backend: redisBackend(url, { lease: Number(lease), warn: () => {} }),
})
ledgerTasks(app, (run) => new Map(tables[Number(run) % tables.length]), ledgerFile)
const worker = app.worker({ concurrency: 4 })

answer({ start: () => worker.start() })
