import type { Duration } from '../../model/duration.ts'
import type { Json } from '../../model/json.ts'
import type { Failure } from '../../model/outcome.ts'
import type { Progress } from '../../model/run.ts'
import type { RunGraph } from './graph.ts'

/** Where a node stands. Custom states of `updateState` are any other text. */
export type State =
  | 'UNKNOWN' // no such run is known here: never sent, or long cleaned away
  | 'PENDING' // waits for its turn
  | 'STARTED' // a worker runs it (kept when the task tracks its start)
  | 'RETRY' // failed, and waits to run again
  | 'SUCCESS'
  | 'FAILURE'
  | 'REVOKED' // revoked, cancelled or expired
  | 'IGNORED' // the task asked that its outcome be ignored
  | (string & {})

/** How a node stands, and what is known of it then. */
export interface Look {
  readonly state: State
  /** The value, the error, or what was told with the state. */
  readonly info: unknown
}

/** What `onMessage` hears while it waits: a state, and what was told with it. */
export interface Update {
  readonly id: string
  readonly state: State
  readonly meta: Json
}

/** What `run.watch()` tells: how far the run is, and what changed since it last told. */
export interface RunUpdate {
  readonly progress: Progress
  /** The nodes that stand otherwise, each once, as it was told last. */
  readonly changes: readonly Update[]
  /** More may have changed than is listed: at the beginning, at the end, and when much did at once. `graph()` tells all. */
  readonly more: boolean
}

/** How to wait for a value. */
export interface GetOptions {
  /** How long to wait; then an error with code `timeout`. Default: as long as it takes. */
  readonly timeout?: Duration
  /** false: hand back the error instead of throwing it. Default true. */
  readonly propagate?: boolean
  /** Hears every change of state while waiting. */
  readonly onMessage?: (update: Update) => void
  /** Is given the value and the node's id when it is there; of a group, those of each member, in order. */
  readonly callback?: (id: string, value: unknown) => void
  /** Wait even inside a running task. It holds its worker's slot meanwhile. */
  readonly allowInTask?: boolean
  /** Calls the wait off: it ends with the signal's reason. What is waited for goes on. */
  readonly signal?: AbortSignal
}

/** How to wait for the end of a run. */
export type FinishedOptions = Pick<GetOptions, 'timeout' | 'allowInTask' | 'signal'>

/** How to wait for several values: the time is that of all together. */
export type SharedOptions = Omit<GetOptions, 'callback'>

/** How a node is revoked. */
export interface RevokeOptions {
  /** Celery's word for stopping what runs as well. Here every revoke asks for that, through the task's `signal`. */
  readonly terminate?: boolean
}

/** A handle as Celery writes it: its id, its parent, and of a group its members. */
export type ResultTuple = readonly [
  node: readonly [id: string, parent: ResultTuple | null],
  members: readonly ResultTuple[] | null,
]

/** A handle on one node of a run. Making it does no I/O, and it is never thenable. */
export interface AsyncResult<T> {
  readonly id: string
  /** The whole run this node belongs to. */
  readonly run: Run
  /** The step whose value this one takes, if any: the header's group for the body of a chord. */
  readonly parent: AsyncResult<unknown> | null
  /** What its value goes to: the next step and the links. For a group: its members. */
  readonly children: readonly AsyncResult<unknown>[]
  state(): Promise<State>
  /** True once it is in a terminal state. */
  ready(): Promise<boolean>
  successful(): Promise<boolean>
  failed(): Promise<boolean>
  /** Waits for the value. Throws the error of the first step that failed; of a group, that of its first failed member. */
  get(options?: GetOptions & { readonly propagate?: true }): Promise<T>
  get(options: GetOptions): Promise<T | Error>
  /** The value, the error, or what was told with the current state. Never waits. */
  info(): Promise<unknown>
  /** State and info of one moment: between `state()` and `info()` it may end. */
  look(): Promise<Look>
  /** `info()`, but throws the error if it has failed. */
  maybeThrow(): Promise<unknown>
  /** The stack of the error, as it was in the worker. */
  traceback(): Promise<string | null>
  /** What its errbacks are told: which step failed first, with which arguments, and why. Null if it has not failed. */
  failure(): Promise<Failure | null>
  /** Itself with its value, then its children with theirs, and so on, breadth first. Waits for each. */
  collect(options?: SharedOptions): AsyncGenerator<[result: AsyncResult<unknown>, value: unknown], void>
  /** Drops the whole run's records; of a run that still goes on, as soon as it is over. */
  forget(): Promise<void>
  /** This node will not run; what follows it ends as revoked. If it runs already, its `signal` is aborted. */
  revoke(options?: RevokeOptions): Promise<void>
  /** Celery's form of a handle; `resultFromTuple` reads it. */
  asTuple(): ResultTuple
  toJSON(): string
}

/** A handle on a group: one result per member, in order. */
export interface GroupResult<T extends readonly unknown[]> extends AsyncResult<T> {
  readonly results: { readonly [I in keyof T]: AsyncResult<T[I]> }
  readonly length: number
  [Symbol.iterator](): Iterator<AsyncResult<T[number]>>
  /** Not to be thrown, errors stand in the places of the members that failed; a group that never ran gives the reason. */
  get(options: GetOptions & { readonly propagate: false }): Promise<{ [I in keyof T]: T[I] | Error } | Error>
  get(options?: GetOptions & { readonly propagate?: true }): Promise<T>
  get(options: GetOptions): Promise<T | Error>
  /** Its members with their values, as they end. Throws the error of one that failed when its turn has come. */
  completed(
    options: SharedOptions & { readonly propagate: false },
  ): AsyncGenerator<[index: number, value: T[number] | Error], void>
  completed(
    options?: SharedOptions & { readonly propagate?: true },
  ): AsyncGenerator<[index: number, value: T[number]], void>
  completed(options: SharedOptions): AsyncGenerator<[index: number, value: T[number] | Error], void>
  /** True while any of its members has not ended. */
  waiting(): Promise<boolean>
  /** How many members have succeeded. */
  completedCount(): Promise<number>
  /** The id to restore it from, elsewhere or later: `app.restore(id)`. Its run keeps it, so nothing is written. */
  save(): Promise<string>
  /** What was saved is the run, so this is `forget()`. Celery has both. */
  delete(): Promise<void>
}

/** One `delay()` of one signature, as a whole. */
export interface Run {
  readonly id: string
  progress(): Promise<Progress>
  /** Waits until nothing is left to do, links and errbacks included. */
  finished(options?: FinishedOptions): Promise<Progress>
  /** The run as it goes on, until it is over or you leave the loop. Whoever is slow hears of several changes at once. */
  watch(options?: FinishedOptions): AsyncGenerator<RunUpdate, void>
  /** Stops what has not started, signals what runs, and settles every barrier and waiter. */
  cancel(): Promise<void>
  /**
   * Runs again what failed or was revoked, and all that did not run because of it; what ended well stays. Gives how many
   * tasks that had failed are sent again: none, if none had. Only a run that is over can be asked.
   */
  retryFailed(): Promise<number>
  /** Its nodes with their states, and who hands a value to whom. */
  graph(): Promise<RunGraph>
}
