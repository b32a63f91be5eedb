import type { Json, JsonObject } from './json.ts'
import type { CallOptions, Listed, Plan } from './plan.ts'

/** No value, or the one the step before gave. */
export type Input = readonly [] | readonly [Json]

/** What every part of one run carries along. */
export interface Course {
  readonly run: string
  /** The run at the very start, of which this one is a descendant; its own if there is none. */
  readonly root: string
  /** The id of the node that sent this. */
  readonly parent: string | null
  /** The fork whose branch this is, and which branch. */
  readonly group: Seat | null
  /** The place in a chord that waits for the end of this branch. */
  readonly seat: Seat | null
  /** Part of an errback: it runs even when its run was cancelled, and does not count as progress. */
  readonly aside: boolean
}

/** A fork and a place in it. Members added while it runs have longer ones: the seat and the place of who added them, and a number. */
export interface Seat {
  readonly chord: string
  readonly index: string
}

/** What travels: a call, or branches of a fork that are still to be started. */
export type Message = CallMessage | SpreadMessage

/** A call on its way, with its own future: `link`, `errback`, `rest` and `seat`. */
export interface CallMessage extends Course {
  readonly kind: 'call'
  readonly id: string
  /** Its place in the run. */
  readonly at: string
  readonly task: string
  readonly args: readonly Json[]
  readonly kwargs: JsonObject
  readonly options: CallOptions
  readonly retries: number
  /** Waits this many milliseconds after it was published, … */
  readonly countdown: number
  /** … and until this moment. */
  readonly eta: number | null
  readonly link: readonly Plan[]
  readonly errback: readonly Plan[]
  readonly rest: Plan
}

/** Branches of a wide fork that are still to be started: a worker starts some and sends the others on. */
export interface SpreadMessage extends Course {
  readonly kind: 'spread'
  /** The fork's id. */
  readonly id: string
  readonly at: string
  readonly branches: Listed
  /** Whether its members have seats. */
  readonly awaited: boolean
  readonly input: Input
  readonly options: CallOptions
}

/** The id of a position: the run's own for `''`. */
export function idAt(run: string, position: string): string {
  return position === '' ? run : `${run}.${position}`
}

/** The run an id belongs to: all before the first dot. */
export function runOf(id: string): string {
  const dot = id.indexOf('.')
  return dot < 0 ? id : id.slice(0, dot)
}

/** The position an id names in its run. */
export function positionOf(id: string): string {
  const dot = id.indexOf('.')
  return dot < 0 ? '' : id.slice(dot + 1)
}

/** How often a call counts as run again: as often as it was, and as often as its caller said it had been before. */
export function retriesBehind({ retries, options }: CallMessage): number {
  return retries + (options.retries ?? 0)
}

/** The name under which a message is set aside: many may start the branches of one fork. */
export function letterId(message: Message): string {
  return message.kind === 'spread' ? `${message.id}:${message.branches.from}` : message.id
}
