import type { App, Json, TaskRequest } from '@arpeggio/canvas'
import { ArpeggioError, cut, didYouMean, show } from '@arpeggio/core'
import { checkApp } from './check-app.ts'

/** An attempt at a task that was begun. */
export interface Ran {
  readonly task: string
  readonly args: readonly Json[]
  readonly kwargs: Readonly<Record<string, Json>>
  /** 1, and one more for each retry. */
  readonly attempt: number
  /** 1, and one more each time the same attempt was delivered again, because its worker was lost. */
  readonly delivery: number
  readonly id: string
}

/** What has run so far. */
export interface Recorder {
  /** All attempts, in the order in which they began. */
  readonly ran: readonly Ran[]
  /** The names of their tasks. */
  readonly names: readonly string[]
  /** The attempts at one task. Throws if the app has none of that name, and none has run. */
  of(task: string): readonly Ran[]
  /** Records nothing any more. */
  stop(): void
  [Symbol.dispose](): void
}

/** Records every attempt at a task of an app that begins from now on: of its workers in this process, and of eager runs. */
export function record(app: App): Recorder {
  checkApp(app, 'record(app)')
  const ran: Ran[] = []
  const stop = app.on('task-prerun', ({ request }) => {
    ran.push(ranAs(request))
  })
  return {
    ran,
    get names() {
      return ran.map(({ task }) => task)
    },
    of(name) {
      const runs = ran.filter(({ task }) => task === name)
      if (runs.length === 0 && !app.tasks.includes(name)) throw unknownTask(name, app.tasks)
      return runs
    },
    stop,
    [Symbol.dispose]: stop,
  }
}

/** What is recorded of a request. */
export function ranAs({ task, args, kwargs, retries, deliveries, id }: TaskRequest): Ran {
  return { task, args, kwargs, attempt: retries + 1, delivery: deliveries, id }
}

/** As much of all names as is told. */
const MOST_CHARACTERS = 200

/** Nobody could run it, and so it is a mistake to look for it. */
function unknownTask(name: string, tasks: readonly string[]): ArpeggioError {
  const known = tasks.length > 0 ? `There are ${cut(tasks.join(', '), MOST_CHARACTERS)}` : 'It has none'
  const advice = didYouMean(name, tasks) || ` ${known}.`
  return new ArpeggioError(
    'task-unknown',
    `No task named ${show(name)} is registered in the app that is recorded, and none has run.${advice}`,
  )
}
