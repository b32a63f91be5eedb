import {
  ArpeggioError,
  type CallOptions,
  isPlainObject,
  type Json,
  type JsonObject,
  show,
  unknownOption,
} from '@arpeggio/core'
import type { NodeOptions } from '../node/node.ts'
import type { SetOptions } from '../node/options.ts'
import { checkLimits, parseOptions } from '../node/parse-options.ts'
import { type Fits, inOrder, patternOf } from './pattern.ts'

/** Where and how a call is run. */
export type Placement = Pick<
  SetOptions,
  'queue' | 'priority' | 'timeLimit' | 'softTimeLimit' | 'ignoreResult'
>

/** Where a route leads: to a queue, or to more than that. */
export type Route = string | Placement

/** Finds the route of one call, or leaves it to those behind it. It is given what the call is sent with; the value of a step before is not known yet. */
export type RouteFunction = (
  task: string,
  args: readonly Json[],
  kwargs: JsonObject,
  options: CallOptions,
) => Route | null | undefined

/** Routes by the names of tasks, or by globs such as `pages.*`. */
export type RouteTable = Readonly<Record<string, Route>>

/** Where calls go for which nobody says it: the first that knows decides. */
export type TaskRoutes =
  | RouteTable
  | RouteFunction
  | readonly (RouteTable | RouteFunction | readonly [pattern: string | RegExp, route: Route])[]

/** What knows the route of some calls. */
type Router = RouteFunction | { readonly fits: Fits; readonly route: CallOptions }

/** Every option a route can have. */
const PLACEMENT: Record<keyof Placement, true> = {
  queue: true,
  priority: true,
  timeLimit: true,
  softTimeLimit: true,
  ignoreResult: true,
}

/** Where calls of one task are led: what functions say, until one does, or else this. */
export interface Way {
  readonly functions: readonly RouteFunction[]
  readonly otherwise: CallOptions
}

/** Routes, read once. */
export class Routes {
  readonly #routers: readonly Router[]

  constructor(routes: TaskRoutes) {
    this.#routers = (isList(routes) ? routes : [routes]).flatMap(routersOf)
  }

  wayOf(task: string): Way {
    const functions: RouteFunction[] = []
    for (const router of this.#routers) {
      if (typeof router === 'function') functions.push(router)
      else if (router.fits(task)) return { functions, otherwise: router.route }
    }
    return { functions, otherwise: NOWHERE }
  }
}

const NOWHERE: CallOptions = Object.freeze({})

/** What a route says, checked; `what` names it in errors. */
export function placed(route: unknown, what: string): CallOptions {
  const placement = typeof route === 'string' ? { queue: route } : route
  if (!isPlainObject(placement)) throw noRoute(what, route)
  for (const name of Object.keys(placement)) {
    if (!Object.hasOwn(PLACEMENT, name)) throw unknownOption(name, Object.keys(PLACEMENT), what, 'call')
  }
  const parsed = parseOptions(placement, what) as Pick<NodeOptions, keyof Placement>
  checkLimits(parsed.softTimeLimit, parsed.timeLimit, what)
  return parsed
}

function routersOf(given: unknown): Router[] {
  if (typeof given === 'function') return [given as RouteFunction]
  if (isPlainObject(given)) return inOrder(given).map(([pattern, route]) => routerOf(pattern, route))
  if (!Array.isArray(given) || given.length !== 2) throw noRoute('A part of taskRoutes', given)
  const [pattern, route] = given
  if (typeof pattern === 'string' || pattern instanceof RegExp) return [routerOf(pattern, route)]
  throw noRoute('A part of taskRoutes', given)
}

function routerOf(pattern: string | RegExp, route: unknown): Router {
  return { fits: patternOf(pattern), route: placed(route, `the route of ${pattern}`) }
}

function isList(routes: TaskRoutes): routes is Extract<TaskRoutes, readonly unknown[]> {
  return Array.isArray(routes)
}

function noRoute(what: string, value: unknown): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `${what} is ${show(value)}. Routes are { 'pages.*': 'queue' } or { 'pages.*': { queue, priority } }, functions, pairs such as [/^pages/, 'queue'], or a list of these.`,
  )
}
