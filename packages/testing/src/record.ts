import type { App, Json, TaskRequest } from '@arpeggio/canvas'

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
  /** The attempts at one task. */
  of(task: string): readonly Ran[]
  /** Records nothing any more. */
  stop(): void
  [Symbol.dispose](): void
}

/** Records every attempt at a task of an app that begins from now on: of its workers in this process, and of eager runs. */
export function record(app: Pick<App, 'on'>): Recorder {
  const ran: Ran[] = []
  const stop = app.on('task-prerun', ({ request }) => {
    ran.push(ranAs(request))
  })
  return {
    ran,
    get names() {
      return ran.map(({ task }) => task)
    },
    of: (name) => ran.filter(({ task }) => task === name),
    stop,
    [Symbol.dispose]: stop,
  }
}

/** What is recorded of a request. */
export function ranAs({ task, args, kwargs, retries, deliveries, id }: TaskRequest): Ran {
  return { task, args, kwargs, attempt: retries + 1, delivery: deliveries, id }
}
