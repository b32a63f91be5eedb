import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { ledgerTasks } from '../test/support/ledger-tasks.ts'
import { answer } from '../test/support/process.ts'
import type { Table } from '../test/support/task-table.ts'
import { insisting } from './insisting.ts'
import { fileOf } from './ledger.ts'
import { ordersHere } from './orders.ts'
import { Plans } from './plans.ts'

/*
 * A process: a worker that writes down each call before it runs it.
 *
 *   start  takes messages, as soon as Redis is there
 *   block  keeps the event loop busy for longer than its lease
 *   leave  ends what it runs, and takes its leave
 */

const { where, partitions, leaseMs, folder, workflows, place } = ordersHere()
const tables = Plans.read(`${folder}/plans.json`).tables(workflows)
const NOBODY: Table = new Map()

const app = new App({
  logLevel: 'silent',
  report: () => {},
  backend: redisBackend(where, { partitions, lease: leaseMs, warn: () => {} }),
})
ledgerTasks(app, (run) => tables.get(run) ?? NOBODY, fileOf(folder, 'worker', place))
const worker = app.worker({ concurrency: 4 })

answer({
  start: () => insisting(() => worker.start(), ['backend-refused', 'backend-unreachable']),
  block() {
    const until = performance.now() + 1.5 * leaseMs
    while (performance.now() < until);
  },
  leave: () => app.close(),
})
