import {
  type Call,
  type CallOptions,
  type Compiled,
  type Fork,
  type Json,
  type JsonObject,
  LIMITS,
  type Listed,
  type Plan,
  type Policy,
  type Shape,
  type Site,
  type Step,
  type Stored,
  type StoredItem,
  sizeOfJson,
} from '@arpeggio/core'
import { chunksOf, EMPTY_LIST, mapTask, routeOf } from '../node/mapping.ts'
import type { Node, TaskNode } from '../node/node.ts'
import {
  type Arguments,
  arityProblem,
  innerDeadline,
  innerNameProblem,
  mappedProblem,
  type Problem,
  problemError,
  quorumProblem,
} from './arguments.ts'
import { Outline } from './outline.ts'
import {
  AFTER_ALL,
  callOptions,
  carrying,
  following,
  momentOf,
  OUTERMOST,
  type Scope,
  within,
} from './scope.ts'

/** What compiling asks of the app: the time, and how a task wants to be run when nothing else is said. */
export interface CompileContext {
  readonly now: number
  /** What every call has among its headers. */
  readonly carried: JsonObject | null
  defaultsFor(task: string, args: readonly Json[], kwargs: JsonObject, options: CallOptions): CallOptions
  /** Why nothing can be sent to a queue, if so. */
  queueProblem(queue: string | undefined): Problem | null
  /** The most arguments a task takes, or null if that is not known here. */
  mostArguments(task: string): number | null
  /** The arguments of a call as they will travel, or why they cannot. */
  readArguments(node: TaskNode, options: CallOptions): Arguments | Problem
  /** Why a task will not take these arguments, as far as that can be told at once. */
  refusal(task: string, given: readonly Json[]): Problem | null
}

/** A plan while it is being written. */
interface Draft {
  readonly steps: DraftStep[]
  readonly outline: Outline
  bytes: number
}
type DraftStep = { -readonly [K in keyof Call]: Call[K] } | { -readonly [K in keyof Fork]: Fork[K] }

const NOTHING: readonly never[] = Object.freeze([])

/** About how much of a message a fork takes without its branches, and what is stored. */
const FORK_BYTES = 100
const STORED_BYTES = 80

/**
 * From what was drawn to what it means. The only place that knows the kinds of nodes: a task is `[call]`, a chain is
 * concatenation, a group is one `fork`, a chord is a `fork` followed by its body. Places are numbered in drawing
 * order. There is no recursion, so nothing can be drawn too deep to be compiled.
 */
export function compile(whole: Node, site: Site, context: CompileContext): Compiled {
  const lists: Record<string, readonly StoredItem[]> = {}
  let stored = 0
  const todo: (() => void)[] = []
  /** Options, and what they are with what is carried. */
  const loaded = new Map<CallOptions, CallOptions>()
  let places = 0
  let calls = 0
  let asideDepth = 0

  /** What is put off is done in the order given, before all that was put off earlier. */
  function then(...jobs: (() => void)[]): void {
    for (let i = jobs.length - 1; i >= 0; i--) todo.push(jobs[i] as () => void)
  }

  function each(count: number, job: (index: number) => void, index = 0): void {
    if (index >= count) return
    then(
      () => job(index),
      () => each(count, job, index + 1),
    )
  }

  function draft(): Draft {
    return { steps: [], outline: new Outline(places), bytes: 0 }
  }

  /** A scope: its errbacks have their places first, then come its steps, then its links. */
  function enter(node: Node, outer: Scope, plan: Draft): void {
    const { options } = node
    if (node !== whole) refuse(innerNameProblem(node))
    if (options.deadline !== undefined && (node !== whole || site.under !== '')) refuse(innerDeadline(node))
    const own: Sealed[] = []
    const scope = within(outer, node, context.now)
    const links = options.link ?? NOTHING
    const errbacks = options.linkError ?? NOTHING
    if (links.length === 0 && errbacks.length === 0) {
      lower(node, scope, plan)
      return
    }
    then(
      () => each(errbacks.length, (i) => aside(errbacks[i] as Node, (sealed) => own.push(sealed))),
      () => lower(node, own.length === 0 ? scope : { ...scope, ...gather(own, outer) }, plan),
      () => each(links.length, (i) => branchOff(links[i] as Node, AFTER_ALL, linkTo(plan))),
    )
  }

  /** The errbacks of a scope and of those around it. Those that no message should carry along become one: a fork of them. */
  function gather(own: readonly Sealed[], outer: Scope): Pick<Scope, 'errback' | 'errbackBytes'> {
    const errback = Object.freeze([...own.map(({ plan }) => plan), ...outer.errback])
    const errbackBytes = own.reduce((sum, { bytes }) => sum + bytes, outer.errbackBytes)
    if (errbackBytes <= LIMITS.inlineFutureBytes) return { errback, errbackBytes }
    const fork: Fork = {
      op: 'fork',
      at: nextPlace(),
      branches: store(errback),
      size: errback.length,
      policy: 'all',
      keep: false,
      options: own[0]?.options ?? {},
      link: NOTHING,
      errback: NOTHING,
    }
    return { errback: Object.freeze([Object.freeze([Object.freeze(fork)])]), errbackBytes: FORK_BYTES }
  }

  function aside(node: Node, done: (sealed: Sealed) => void): void {
    asideDepth++
    branchOff(node, AFTER_ALL, (sealed) => {
      asideDepth--
      done(sealed)
    })
  }

  function linkTo(plan: Draft): (sealed: Sealed) => void {
    return ({ plan: link, shape, bytes, start }) => {
      const last = plan.steps.at(-1) as DraftStep
      if (last.link === NOTHING) last.link = [link]
      else (last.link as Plan[]).push(link)
      plan.outline.link(start, places - start, shape)
      plan.bytes += bytes
    }
  }

  /** Compiles a node to a plan of its own: a branch, a link or an errback. */
  function branchOff(node: Node, scope: Scope, done: (sealed: Sealed) => void): void {
    const plan = draft()
    then(
      () => enter(node, scope, plan),
      () => done(seal(plan, true)),
    )
  }

  function lower(node: Node, scope: Scope, plan: Draft): void {
    switch (node.kind) {
      case 'task':
        call(node, scope, plan)
        break
      case 'chain': {
        const { steps } = node
        each(steps.length, (i) => enter(steps[i] as Node, i === 0 ? scope : following(scope), plan))
        break
      }
      case 'group':
        fork(node.members, 'all', scope, plan)
        break
      case 'chord':
        refuse(quorumProblem(node))
        then(
          () => fork(node.header, node.policy, scope, plan),
          () => enter(node.body, following(scope), plan),
        )
        break
      case 'map':
      case 'starmap':
        refuse(mappedProblem(node, context.mostArguments(node.task.task)))
        enter(mapTask(node.kind, node.task, node.items), scope, plan)
        break
      case 'chunks':
        refuse(mappedProblem(node, context.mostArguments(node.task.task)))
        fork(chunksOf(node.task, node.items, node.size), 'all', scope, plan)
        break
    }
  }

  function call(node: TaskNode, scope: Scope, plan: Draft): void {
    plan.outline.call(node.task, places)
    write(node, scope, plan)
  }

  function write(node: TaskNode, scope: Scope, plan: Draft): void {
    if (asideDepth === 0) calls++
    refuse(arityProblem(node, context.mostArguments(node.task), scope.follows && !scope.immutable))
    const read = context.readArguments(node, scope.options)
    if ('code' in read) throw problemError(read)
    if (!scope.follows || node.immutable || scope.immutable) {
      const { args, kwargs } = read
      refuse(context.refusal(node.task, Object.keys(kwargs).length > 0 ? [...args, kwargs] : args))
    }
    const defaults = context.defaultsFor(routeOf(node), read.args, read.kwargs, scope.options)
    const options = carrying(callOptions(defaults, scope), context.carried, loaded)
    refuse(context.queueProblem(options.queue))
    plan.steps.push({
      op: 'call',
      at: nextPlace(),
      task: node.task,
      args: read.args,
      kwargs: read.kwargs,
      immutable: node.immutable || scope.immutable,
      options,
      link: NOTHING,
      errback: scope.errback,
    })
    plan.bytes += 80 + node.task.length + read.bytes + scope.errbackBytes
    plan.bytes += sizeOfJson(options as JsonObject)
  }

  function nextPlace(): string {
    const place = places++
    return site.under === '' ? String(place) : `${site.under}.${place}`
  }

  function fork(members: readonly Node[], policy: Policy, scope: Scope, plan: Draft): void {
    const bunches = plan.outline.fork(places, scope.errback.length > 0)
    if (members.length === 0) {
      write(EMPTY_LIST, { ...scope, immutable: true }, plan)
      return
    }
    const at = nextPlace()
    const branches: Plan[] = []
    const written: { -readonly [K in keyof Fork]: Fork[K] } = {
      op: 'fork',
      at,
      branches,
      size: members.length,
      policy,
      keep: false,
      options: scope.options,
      link: NOTHING,
      errback: scope.errback,
    }
    plan.steps.push(written)
    plan.bytes += FORK_BYTES + scope.errbackBytes
    const inside: Scope = { ...scope, errback: NOTHING, errbackBytes: 0 }
    const start = plan.outline.base
    let bytes = 0
    then(
      () =>
        each(members.length, (i) =>
          branchOff(members[i] as Node, inside, (sealed) => {
            if (branches.length === 0) written.options = sealed.options
            branches.push(sealed.plan)
            bytes += sealed.bytes
            bunches.add(sealed.start - start, places - sealed.start, sealed.shape)
          }),
        ),
      () => {
        if (bytes > LIMITS.inlineFutureBytes) written.branches = store(branches)
        else plan.bytes += bytes
        Object.freeze(branches)
      },
    )
  }

  /** Ends a plan: from now on it is data. What is too long to travel is stored. */
  function seal(plan: Draft, storeOne: boolean): Sealed {
    const { steps, outline } = plan
    for (const step of steps) {
      Object.freeze(step.link)
      Object.freeze(step)
    }
    Object.freeze(steps)
    const shape = outline.shape()
    const { options } = steps[0] as DraftStep
    const long = plan.bytes > LIMITS.inlineFutureBytes && (steps.length > 1 || storeOne)
    if (!long) return { plan: steps as Step[], shape, bytes: plan.bytes, start: outline.base, options }
    const last = steps.at(-1) as DraftStep
    const item: Stored = Object.freeze({ ...store(steps as Step[]), end: last.takes ?? last.at })
    return { plan: Object.freeze([item]), shape, bytes: STORED_BYTES, start: outline.base, options }
  }

  function store(items: readonly StoredItem[]): Listed {
    const list = `${site.under}:${stored++}`
    lists[list] = Object.freeze(items)
    return Object.freeze({ op: 'stored', list, from: 0, to: items.length })
  }

  const top = draft()
  const around = { options: site.options, errback: site.errback, errbackBytes: site.errback.length * 120 }
  then(() => enter(whole, { ...OUTERMOST, ...around }, top))
  for (let job = todo.pop(); job !== undefined; job = todo.pop()) job()
  const last = top.steps.at(-1) as DraftStep
  last.link = [...last.link, ...site.link]
  if (site.takes !== undefined) last.takes = site.takes
  if (last.op === 'fork') last.keep = site.takes !== undefined && site.under !== ''
  const { plan, shape } = seal(top, false)
  const { deadline } = whole.options
  return Object.freeze({
    ...{ plan, lists: Object.freeze(lists), shape, span: places, calls },
    ...(deadline !== undefined && { deadline: momentOf(deadline, context.now) }),
  })
}

interface Sealed {
  readonly plan: Plan
  readonly shape: Shape
  readonly bytes: number
  readonly start: number
  /** How its first call is run. */
  readonly options: CallOptions
}

function refuse(problem: Problem | null): void {
  if (problem !== null) throw problemError(problem)
}
