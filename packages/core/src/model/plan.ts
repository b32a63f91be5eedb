import type { Json, JsonObject } from './json.ts'
import type { Shape } from './shape.ts'

/**
 * What a canvas means: steps, one after another. There are two instructions, `call` and `fork`. A `stored` item stands
 * for steps that are kept once per run, because a message must not grow with its workflow.
 */
export type Plan = readonly (Step | Stored)[]
/** One instruction. */
export type Step = Call | Fork

/** Where a step stands in its run. */
export interface Placed {
  /** The number of its place in the drawing, as text; `5.3` is place 3 of what replaced place 5. */
  readonly at: string
  /** The position whose id it takes over: `''`, the run itself, for the step whose value the caller waits for. */
  readonly takes?: string
}

/** A part of a run: the places `at … at + span - 1` and what hangs below them, and the id that was taken over by one of them. */
export interface Span extends Placed {
  readonly span: number
}

/** One task. The value of the step before is put in front of `args`, unless the call is immutable. */
export interface Call extends Placed {
  readonly op: 'call'
  readonly task: string
  readonly args: readonly Json[]
  readonly kwargs: JsonObject
  readonly immutable: boolean
  readonly options: CallOptions
  /** Each begins with the value, after success. */
  readonly link: readonly Plan[]
  /** Each begins with the failure, after any end that is neither success nor ignored. */
  readonly errback: readonly Plan[]
}

/** Plans side by side, at least one; their values become one list, in order. */
export interface Fork extends Placed {
  readonly op: 'fork'
  readonly branches: readonly Plan[] | Listed
  readonly size: number
  readonly policy: Policy
  /** Its list is the value of its id, because it took over the id of a task. */
  readonly keep: boolean
  /** How its first call is run: a message that spreads its branches goes where that goes. */
  readonly options: CallOptions
  readonly link: readonly Plan[]
  readonly errback: readonly Plan[]
}

/** Items of a list kept with the run: branches of a wide fork, each a plan. */
export interface Listed {
  readonly op: 'stored'
  readonly list: string
  readonly from: number
  readonly to: number
}

/** Steps of a long plan, kept with the run. */
export interface Stored extends Listed {
  /** The position of its last step. */
  readonly end: string
}

/** The lists that plans of a run refer to, by name. */
export type Lists = Readonly<Record<string, readonly StoredItem[]>>
/** An item of a list: a step of a long plan, or a branch of a wide fork. */
export type StoredItem = Step | Plan

/** When a fork is over, and what comes of it. */
export type Policy = 'all' | 'failFast' | 'settle' | { readonly quorum: number }

/** How a call is run. Durations are milliseconds, moments epoch milliseconds. Only keys that were set exist. */
export interface CallOptions {
  readonly queue?: string
  readonly priority?: number
  /** Wait this long once the step's turn has come. */
  readonly countdown?: number
  /** Not before this moment. */
  readonly eta?: number
  /** Not after this moment: it ends as REVOKED. */
  readonly expires?: number
  /** null: none, whatever its task or the settings say. */
  readonly timeLimit?: number | null
  readonly softTimeLimit?: number | null
  readonly ignoreResult?: boolean
  /** It counts as if it had been run again so often already. */
  readonly retries?: number
  /** What its arguments are packed by, and how they are made shorter. */
  readonly serializer?: string
  readonly compression?: string
  readonly shadow?: string
  readonly headers?: JsonObject
  readonly stamps?: JsonObject
}

/** What a canvas compiles to. */
export interface Compiled {
  readonly plan: Plan
  readonly lists: Lists
  readonly shape: Shape
  /** How many places it covers. */
  readonly span: number
  /** How many tasks it has, errbacks left out. */
  readonly calls: number
  /** When a run of it is to be over: epoch milliseconds. */
  readonly deadline?: number
}

/** Where a canvas is compiled to. */
export interface Site {
  /** The place its places hang below: `''`, or the place of the task it replaces. */
  readonly under: string
  /** The position whose id its last step takes over. */
  readonly takes?: string
  /** What runs after the task it replaces moves to it. */
  readonly link: readonly Plan[]
  readonly errback: readonly Plan[]
  /** What its steps inherit: how the task it replaces, or the member it joins, was run. */
  readonly options: CallOptions
}

/** A run as a whole: its last step has the run's own id. */
export const WHOLE: Site = Object.freeze({
  under: '',
  takes: '',
  link: Object.freeze([]),
  errback: Object.freeze([]),
  options: Object.freeze({}),
})

/** Anything that can replace a running task or be added to its chord; signatures happen to be it. */
export interface Plannable {
  toPlan(site: Site): Compiled
}
