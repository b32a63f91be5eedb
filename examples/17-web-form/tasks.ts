import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '@arpeggio/canvas'

/** What came of a number, and when a worker had it. The task says so itself: such times are kept nowhere else. */
export interface Doubled {
  readonly doubled: number
  readonly started: string
  readonly finished: string
}

export type FormTasks = ReturnType<typeof formTasks>

/** The task behind the form. `work` is what takes so long about it. */
export function formTasks(app: App, work: () => Promise<unknown> = () => sleep(3_000)) {
  return {
    double: app.task({ name: 'double', bind: true }, async (self, number: number): Promise<Doubled> => {
      const started = now()
      await self.updateState('DOUBLING', { started })
      await work()
      return { doubled: number * 2, started, finished: now() }
    }),
  }
}

/** This moment, as it is kept. */
export function now(): string {
  return new Date().toISOString()
}
