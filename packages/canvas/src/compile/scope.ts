import type { CallOptions, JsonObject, Plan } from '@arpeggio/core'
import { NO_OPTIONS, type Node, type NodeOptions } from '../node/node.ts'

/** What a step inherits from the scopes around it. */
export interface Scope {
  readonly options: CallOptions
  /** countdown and eta, for the entry of a scope only. */
  readonly start: CallOptions
  readonly immutable: boolean
  /** Whether a value comes before its entry. */
  readonly follows: boolean
  readonly errback: readonly Plan[]
  /** About how much of a message its errbacks take. */
  readonly errbackBytes: number
}

const NO_CALL_OPTIONS: CallOptions = Object.freeze({})

/** Around everything: nothing is said. */
export const OUTERMOST: Scope = Object.freeze({
  options: NO_CALL_OPTIONS,
  start: NO_CALL_OPTIONS,
  immutable: false,
  follows: false,
  errback: Object.freeze([]),
  errbackBytes: 0,
})

/** What a canvas says of itself, within what is said around it; its errbacks are added by who compiles them. */
export function within(outer: Scope, node: Node, now: number): Scope {
  const own = placementOf(node.options, now)
  return {
    options: own === null ? outer.options : inherit(outer.options, own),
    start: outer.start === NO_CALL_OPTIONS ? startOptions(node.options) : outer.start,
    immutable: outer.immutable || ('immutable' in node && node.immutable),
    follows: outer.follows,
    errback: outer.errback,
    errbackBytes: outer.errbackBytes,
  }
}

/** What a step after the first inherits: not how the scope starts. */
export function following(scope: Scope): Scope {
  return { ...scope, start: NO_CALL_OPTIONS, immutable: false, follows: true }
}

/** Around links and errbacks: nothing is said, but the value or the failure comes before. */
export const AFTER_ALL: Scope = Object.freeze(following(OUTERMOST))

/** Calls that say nothing of their own share one object. */
export function callOptions(defaults: CallOptions, { options, start }: Scope): CallOptions {
  if (options === NO_CALL_OPTIONS && start === NO_CALL_OPTIONS) return defaults
  return Object.freeze({ ...defaults, ...options, ...start })
}

/** The same with other headers besides. What was shared is shared again. */
export function carrying(
  options: CallOptions,
  carried: JsonObject | null,
  loaded: Map<CallOptions, CallOptions>,
): CallOptions {
  if (carried === null) return options
  const known = loaded.get(options)
  if (known !== undefined) return known
  const made: CallOptions = Object.freeze({ ...options, headers: { ...options.headers, ...carried } })
  loaded.set(options, made)
  return made
}

/** Where and how each step runs, of what was said; null when nothing was. */
export function placementOf(options: NodeOptions, now: number): CallOptions | null {
  if (options === NO_OPTIONS) return null
  const {
    countdown: _c,
    eta: _e,
    taskId: _t,
    deadline: _d,
    idempotencyKey: _i,
    link: _l,
    linkError: _r,
    foreign: _f,
    expires,
    ...placement
  } = options
  const own: CallOptions =
    expires === undefined ? placement : { ...placement, expires: momentOf(expires, now) }
  return Object.keys(own).length === 0 ? null : own
}

/** A duration from now, or a moment, as epoch milliseconds. */
export function momentOf(when: number | string, now: number): number {
  return typeof when === 'number' ? now + when : Date.parse(when)
}

function startOptions({ countdown, eta }: NodeOptions): CallOptions {
  if (countdown === undefined && eta === undefined) return NO_CALL_OPTIONS
  return { ...(countdown !== undefined && { countdown }), ...(eta !== undefined && { eta: Date.parse(eta) }) }
}

/** A scope's own options over those around it; headers and stamps add up. */
function inherit(outer: CallOptions, own: CallOptions): CallOptions {
  const headers = outer.headers && own.headers && { headers: { ...outer.headers, ...own.headers } }
  const stamps = outer.stamps && own.stamps && { stamps: { ...outer.stamps, ...own.stamps } }
  return { ...outer, ...own, ...headers, ...stamps }
}
