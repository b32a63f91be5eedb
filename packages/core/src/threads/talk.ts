import type { Json } from '../model/json.ts'
import type { CallMessage, Input } from '../model/message.ts'
import type { ErrorRecord } from '../model/outcome.ts'
import type { Compiled } from '../model/plan.ts'
import type { Bus, DeadLetters, Deliveries, Presence, Queues, Results, Runs } from '../ports/backend.ts'
import type { RetryOptions } from '../runtime/tasks/control.ts'
import type { Logger } from '../runtime/tasks/logger.ts'

/** What a worker says to one of its threads. */
export type ToThread =
  /** Run this. `now` is what the worker's clock tells, `hostname` what the worker's tasks are told. */
  | {
      readonly say: 'run'
      readonly message: CallMessage
      readonly deliveries: number
      readonly now: number
      readonly hostname: string
    }
  /** What runs shall stop. */
  | { readonly say: 'abort'; readonly why: Thrown }
  | { readonly say: 'answer'; readonly nth: number; readonly value: unknown }
  | { readonly say: 'refusal'; readonly nth: number; readonly why: Thrown }
  /** There is news for a listener. */
  | { readonly say: 'news'; readonly nth: number; readonly news: unknown }
  /** Come to an end when what runs has. */
  | { readonly say: 'end' }

/** What a thread says to its worker. */
export type ToWorker =
  | { readonly say: 'ready' }
  /** What it was told to run has begun: if it dies now, it dies of that. */
  | { readonly say: 'begun' }
  | { readonly say: 'came'; readonly came: Came }
  | { readonly say: 'ask'; readonly nth: number; readonly question: Question }
  | { readonly say: 'listen'; readonly nth: number; readonly to: Topic }
  | { readonly say: 'enough'; readonly nth: number }
  | {
      readonly say: 'log'
      readonly level: keyof Logger
      readonly line: string
      readonly details: readonly unknown[]
    }
  | { readonly say: 'report'; readonly problem: string; readonly why: Thrown }

/** All that a thread may ask of the backend that its worker lives on: by what it asks, what it says and what it is told. */
export interface Questions {
  readonly submit: Deliveries['submit']
  /** Some of what waits in queues, to purge it: what is not there now is not waited for. */
  readonly take: (queues: readonly string[], max: number) => ReturnType<Deliveries['receive']>
  readonly commit: Deliveries['commit']
  readonly release: Deliveries['release']
  readonly run: Runs['get']
  readonly items: Runs['items']
  readonly halt: Runs['halt']
  readonly reopen: Runs['reopen']
  readonly forget: Runs['forget']
  readonly standings: Results['get']
  readonly note: Results['note']
  readonly queues: Queues['list']
  readonly scheduled: Queues['scheduled']
  readonly deadLetters: DeadLetters['list']
  readonly removeDeadLetter: DeadLetters['remove']
  readonly purgeDeadLetters: DeadLetters['purge']
  readonly tell: Bus['tell']
  readonly present: Presence['list']
}

/** One of them. */
export type Question = {
  readonly [Ask in keyof Questions]: { readonly ask: Ask; readonly args: Parameters<Questions[Ask]> }
}[keyof Questions]

/** What of the backend can be listened to. */
export type Topic =
  | { readonly of: 'run'; readonly run: string; readonly ids: readonly string[] | null }
  | { readonly of: 'bus'; readonly topic: string }
  | { readonly of: 'events' }

/** What came of a function, as data. */
export type Came =
  | { readonly kind: 'value'; readonly value: Json; readonly added: readonly Compiled[] }
  | { readonly kind: 'thrown'; readonly thrown: Thrown }
  /** It failed for good: what it gave cannot travel. */
  | { readonly kind: 'unfit'; readonly thrown: Thrown }
  | { readonly kind: 'ignore'; readonly why: string }
  | { readonly kind: 'reject'; readonly why: string; readonly requeue: boolean }
  | { readonly kind: 'retry'; readonly options: Omit<RetryOptions, 'error'>; readonly error: Thrown | null }
  | { readonly kind: 'replace'; readonly by: Compiled; readonly input: Input }

/** What was thrown, as data; the classes it is of are named from the nearest one up. */
export interface Thrown {
  readonly record: ErrorRecord
  readonly classes: readonly string[]
}
