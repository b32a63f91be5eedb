import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, Signature } from '@arpeggio/canvas'
import type { TaskContext } from '@arpeggio/core'
import { SHORTLY } from './hurried.ts'
import { ACTS, playOf, type Table, type Witness } from './task-table.ts'

const LONGEST_TASK_MS = 60

/** What was seen, and in which run: a line of the ledger. */
export interface Entry extends Witness {
  readonly run: string
}

/** Tasks that do what the table of their run says, and write each call into a file before they do it. */
export function ledgerTasks(app: App, tableOf: (run: string) => Table, file: string): void {
  const draw = (node: ConstructorParameters<typeof Signature>[0]) => new Signature(node, app)

  function play(self: TaskContext, args: readonly unknown[]) {
    const run = self.request.rootId
    const write = (witness: Witness) =>
      appendFileSync(file, `${JSON.stringify({ run, ...witness } satisfies Entry)}\n`)
    return playOf(tableOf(run), draw, write, SHORTLY)(self, args)
  }

  for (const name of ACTS) {
    app.task({ name, bind: true, typing: false }, async (self, ...args) => {
      await sleep(Math.random() * LONGEST_TASK_MS)
      return play(self as TaskContext, args)
    })
  }
}
