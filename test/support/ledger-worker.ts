import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { App, Signature } from '@arpeggio/canvas'
import type { TaskContext } from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import { SHORTLY } from './hurried.ts'
import { answer } from './process.ts'
import { ACTS, type Act, playOf, type Table, type Witness } from './task-table.ts'

/*
 * A process: a worker that writes down each call before it runs it, where no death of its own can undo that.
 *
 *   arguments  the server's URL, the lease in ms, the file with the tables, the file to write to
 *   start      takes messages
 */

const [url = '', lease = '', tablesFile = '', ledgerFile = ''] = process.argv.slice(2)
const LONGEST_TASK_MS = 60

/** What was seen, and in which run: a line of the ledger. */
export interface Entry extends Witness {
  readonly run: string
}

/** The tables of some canvases, as they lie in a file. Run `n` is of the nth canvas, over and over. */
export type Tables = readonly (readonly (readonly [label: string, act: Act])[])[]

const tables: Tables = JSON.parse(readFileSync(tablesFile, 'utf8'))
const app = new App({
  logLevel: 'silent',
  backend: redisBackend(url, { lease: Number(lease), warn: () => {} }),
})
for (const name of ACTS) {
  app.task({ name, bind: true, typing: false }, async (self, ...args) => {
    await sleep(Math.random() * LONGEST_TASK_MS)
    return play(self as TaskContext, args)
  })
}
const worker = app.worker({ concurrency: 4 })

answer({ start: () => worker.start() })

function play(self: TaskContext, args: readonly unknown[]) {
  const run = self.request.rootId
  const table: Table = new Map(tables[Number(run) % tables.length])
  const draw = (node: ConstructorParameters<typeof Signature>[0]) => new Signature(node, app)
  return playOf(table, draw, (witness) => write({ run, ...witness }), SHORTLY)(self, args)
}

function write(entry: Entry): void {
  appendFileSync(ledgerFile, `${JSON.stringify(entry)}\n`)
}
