import type { Json } from '../../model/json.ts'
import type { TaskRequest } from './request.ts'

/** What happens to tasks in this process. Whoever listens hears of it when it has happened. */
export interface Happenings {
  /** A message was taken by the backend: of a new run, of what follows a task, or of a retry. */
  'task-sent': { readonly request: TaskRequest }
  /** A message has come to a worker, whether it will be run or not; `givenUp` if it has come too often, and is set aside. */
  'task-received': { readonly request: TaskRequest; readonly givenUp: boolean }
  /** It runs next. */
  'task-prerun': { readonly request: TaskRequest }
  /** It has run, its handlers too; what came of it is not told to the backend yet. */
  'task-postrun': {
    readonly request: TaskRequest
    readonly state: 'SUCCESS' | 'FAILURE' | 'RETRY' | 'IGNORED' | 'REJECTED' | 'REPLACED'
    readonly durationMs: number
  }
  /** It gave a value, and the backend has it. */
  'task-success': { readonly request: TaskRequest; readonly value: Json; readonly durationMs: number }
  /** It failed, and the backend knows; `expected` if its class is among those that the task `throws`. */
  'task-failure': {
    readonly request: TaskRequest
    readonly error: unknown
    readonly expected: boolean
    /** Null where it did not even run. */
    readonly durationMs: number | null
  }
  /** It will run again, after so long or at that moment. */
  'task-retry': {
    readonly request: TaskRequest
    readonly error: unknown
    readonly countdownMs: number
    readonly eta: Date | null
    readonly durationMs: number
  }
  /** It was revoked, cancelled or dismissed, or has expired; whether it ran or not. */
  'task-revoked': { readonly request: TaskRequest; readonly error: Error }
  /** It would not take its message, which went back to the queue. */
  'task-rejected': { readonly request: TaskRequest; readonly error: unknown }
}

/** Tells what happened. It is put into words only if somebody listens. */
export type Hear = <Name extends keyof Happenings>(name: Name, words: () => Happenings[Name]) => void
