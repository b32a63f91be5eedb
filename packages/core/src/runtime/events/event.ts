import { cut } from '../../model/cut.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import { type CallMessage, retriesBehind, runOf } from '../../model/message.ts'
import type { ErrorRecord } from '../../model/outcome.ts'
import type { Happening } from '../tasks/happening.ts'

/** What every event says. */
interface Occasion {
  /** Epoch milliseconds. */
  readonly time: number
  /** Who tells it: a worker, or a process that sends. */
  readonly hostname: string
}

/** Which task an event is about, and where it stands. Arguments and results are not told: they may be secret, or large. */
export interface TaskPlace {
  readonly run: string
  readonly id: string
  readonly task: string
  readonly root: string
  readonly parent: string | null
  /** The fork it is a member of, and which member. */
  readonly group: string | null
  readonly index: number | null
  /** The chord that waits for the end of its branch. */
  readonly chord: string | null
  readonly queue: string
  readonly retries: number
  /** Which attempt: its id, how many retries came before, and which delivery it is. null: it has only been sent. */
  readonly attempt: string | null
}

/** What went wrong, in short; all of it is told by the result. */
export interface EventError {
  readonly type: string
  readonly message: string
}

/** Something that has happened, as plain data. */
export type WorkEvent = Occasion &
  (
    | (TaskPlace & {
        readonly type:
          | 'task-sent'
          | 'task-received'
          | 'task-started'
          | 'task-succeeded'
          | 'task-ignored'
          | 'task-replaced'
          | 'task-rejected'
      })
    | (TaskPlace & {
        readonly type: 'task-failed' | 'task-revoked' | 'task-retried'
        readonly error: EventError
      })
    | {
        readonly type: 'task-progress'
        readonly run: string
        readonly id: string
        readonly state: string
        readonly meta: Json
      }
    | {
        readonly type: 'run-started'
        readonly run: string
        readonly root: string
        readonly parent: string | null
        /** Tasks planned. */
        readonly total: number
      }
    | {
        readonly type: 'run-finished'
        readonly run: string
        /** Tasks planned, ended, and failed; null where the run was forgotten as it ended. */
        readonly total: number | null
        readonly done: number | null
        readonly failed: number | null
      }
    | {
        readonly type: 'worker-online' | 'worker-heartbeat' | 'worker-offline'
        readonly pid: number
        readonly queues: readonly string[]
        readonly concurrency: number
        readonly running: number
        readonly waiting: number
        readonly finished: number
      }
    | {
        /** Whoever reads was too slow, and so many events were lost to him here. */
        readonly type: 'events-missed'
        readonly count: number
      }
  )

/** A happening as data. */
export function eventOf(happening: Happening, occasion: Occasion): JsonObject {
  return { type: happening.kind, ...occasion, ...about(happening) }
}

function about(happening: Happening): JsonObject {
  switch (happening.kind) {
    case 'task-sent':
      return placeOf(happening.message, null)
    case 'task-received':
    case 'task-started':
    case 'task-succeeded':
    case 'task-ignored':
    case 'task-replaced':
    case 'task-rejected':
      return placeOf(happening.message, happening.attempt)
    case 'task-failed':
    case 'task-revoked':
    case 'task-retried':
      return { ...placeOf(happening.message, happening.attempt), error: inShort(happening.error) }
    case 'task-progress': {
      const { id, state, meta } = happening
      return { run: runOf(id), id, state, meta }
    }
    case 'run-started': {
      const { run, root, parent, total } = happening
      return { run, root, parent, total }
    }
    case 'run-finished': {
      const { total = null, done = null, failed = null } = happening.progress ?? {}
      return { run: happening.run, total, done, failed }
    }
    case 'worker-online':
    case 'worker-heartbeat':
    case 'worker-offline':
      return happening.about
    default:
      return happening satisfies never
  }
}

function placeOf(message: CallMessage, attempt: number | null): JsonObject {
  const { run, id, task, root, parent, group, seat, options } = message
  const retries = retriesBehind(message)
  return {
    ...{ run, id, task, root, parent, retries },
    group: group?.chord ?? null,
    index: group === null ? null : Number.parseInt(group.index, 10),
    chord: seat?.chord ?? null,
    queue: options.queue ?? 'default',
    attempt: attempt === null ? null : `${id}:${retries}:${attempt}`,
  }
}

function inShort({ type, message }: ErrorRecord): JsonObject {
  return { type, message: cut(message, LIMITS.listedCharacters) }
}
