import {
  type Call,
  type CallOptions,
  type Compiled,
  type Fork,
  type JsonObject,
  LIMITS,
  type Plan,
  type Policy,
  type Shape,
  type Site,
  type Step,
  type StoredItem,
  sizeOfJson,
} from '@arpeggio/core'
import { chunksOf, EMPTY_LIST, mapTask, routeOf } from '../node/mapping.ts'
import type { Node, TaskNode } from '../node/node.ts'
import { innerTaskId, type Problem, problemError, quorumProblem, readArguments } from './arguments.ts'
import { Outline } from './outline.ts'
import { callOptions, following, OUTERMOST, type Scope, within } from './scope.ts'

/** What compiling asks of the app: the time, and how a task wants to be run when nothing else is said. */
export interface CompileContext {
  readonly now: number
  defaultsFor(task: string): CallOptions
  /** The most arguments a task takes, or null if that is not known here. */
  mostArguments(task: string): number | null
}

/** A plan while it is being written. */
interface Draft {
  readonly steps: DraftStep[]
  readonly outline: Outline
  bytes: number
}
type DraftStep = { -readonly [K in keyof Call]: Call[K] } | { -readonly [K in keyof Fork]: Fork[K] }

const NOTHING: readonly never[] = Object.freeze([])

/**
 * From what was drawn to what it means. The only place that knows the kinds of nodes: a task is `[call]`, a chain is
 * concatenation, a group is one `fork`, a chord is a `fork` followed by its body. Places are numbered in drawing
 * order. There is no recursion, so nothing can be drawn too deep to be compiled.
 */
export function compile(whole: Node, site: Site, context: CompileContext): Compiled {
  const lists: Record<string, readonly StoredItem[]> = {}
  let stored = 0
  const todo: (() => void)[] = []
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
    if (options.taskId !== undefined && node !== whole) refuse(innerTaskId(node))
    const own: Plan[] = []
    const scope = within(outer, node, context.now)
    const links = options.link ?? NOTHING
    const errbacks = options.linkError ?? NOTHING
    if (links.length === 0 && errbacks.length === 0) return lower(node, scope, plan)
    then(
      () => each(errbacks.length, (i) => aside(errbacks[i] as Node, (sealed) => own.push(sealed))),
      () => lower(node, { ...scope, errback: [...own, ...outer.errback] }, plan),
      () => each(links.length, (i) => branchOff(links[i] as Node, OUTERMOST, linkTo(plan))),
    )
  }

  function aside(node: Node, done: (plan: Plan) => void): void {
    asideDepth++
    branchOff(node, OUTERMOST, ({ plan }) => {
      asideDepth--
      done(plan)
    })
  }

  function linkTo(plan: Draft): (sealed: Sealed) => void {
    return ({ plan: link, shape, bytes, start }) => {
      const last = plan.steps.at(-1) as DraftStep
      last.link = [...last.link, link]
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
        return call(node, scope, plan)
      case 'chain': {
        const { steps } = node
        return each(steps.length, (i) => enter(steps[i] as Node, i === 0 ? scope : following(scope), plan))
      }
      case 'group':
        return fork(node.members, 'all', scope, plan)
      case 'chord':
        refuse(quorumProblem(node))
        return then(
          () => fork(node.header, node.policy, scope, plan),
          () => enter(node.body, following(scope), plan),
        )
      case 'map':
      case 'starmap':
        return enter(mapTask(node.kind, node.task, node.items), scope, plan)
      case 'chunks':
        return fork(chunksOf(node.task, node.items, node.size), 'all', scope, plan)
    }
  }

  function call(node: TaskNode, scope: Scope, plan: Draft): void {
    plan.outline.call(node.task, places)
    write(node, scope, plan)
  }

  function write(node: TaskNode, scope: Scope, plan: Draft): void {
    if (asideDepth === 0) calls++
    const read = readArguments(node, context.mostArguments(node.task))
    if ('code' in read) throw problemError(read)
    const options = callOptions(context.defaultsFor(routeOf(node)), scope)
    plan.steps.push({
      op: 'call',
      at: nextPlace(),
      span: 1,
      task: node.task,
      args: read.args,
      kwargs: read.kwargs,
      immutable: node.immutable || scope.immutable,
      options,
      link: NOTHING,
      errback: scope.errback,
    })
    plan.bytes += 80 + node.task.length + read.bytes + sizeOfErrbacks(scope.errback)
    plan.bytes += sizeOfJson(options as JsonObject)
  }

  function nextPlace(): string {
    const place = places++
    return site.under === '' ? String(place) : `${site.under}.${place}`
  }

  function fork(members: readonly Node[], policy: Policy, scope: Scope, plan: Draft): void {
    const bunches = plan.outline.fork(places)
    if (members.length === 0) return write(EMPTY_LIST, { ...scope, immutable: true }, plan)
    const at = nextPlace()
    const branches: Plan[] = []
    const written: { -readonly [K in keyof Fork]: Fork[K] } = {
      op: 'fork',
      at,
      span: 1,
      branches,
      size: members.length,
      policy,
      keep: false,
      options: scope.options,
      link: NOTHING,
      errback: scope.errback,
    }
    plan.steps.push(written)
    plan.bytes += 100 + sizeOfErrbacks(scope.errback)
    const inside: Scope = { ...scope, errback: NOTHING }
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
        if (bytes > LIMITS.inlineFutureBytes) written.branches = { ...store(branches), at, span: 1 }
        else plan.bytes += bytes
      },
    )
  }

  /** Ends a plan: its steps cover all places up to the next one. What is too long to travel is stored. */
  function seal(plan: Draft, storeOne: boolean): Sealed {
    const { steps, outline } = plan
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as DraftStep
      const next = steps[i + 1]
      step.span = (next ? numberOf(next.at) : places) - numberOf(step.at)
    }
    const shape = outline.shape()
    const first = steps[0] as DraftStep
    const { options } = first
    const long = plan.bytes > LIMITS.inlineFutureBytes && (steps.length > 1 || storeOne)
    if (!long) return { plan: steps as Step[], shape, bytes: plan.bytes, start: outline.base, options }
    const { at } = first
    const takes = steps.at(-1)?.takes
    const whole = { ...store(steps as Step[]), at, span: places - numberOf(at) }
    const item = takes === undefined ? whole : { ...whole, takes }
    return { plan: [item], shape, bytes: 80, start: outline.base, options }
  }

  function store(items: readonly StoredItem[]): { op: 'stored'; list: string; from: number; to: number } {
    const list = `${site.under}:${stored++}`
    lists[list] = items
    return { op: 'stored', list, from: 0, to: items.length }
  }

  const top = draft()
  then(() => enter(whole, { ...OUTERMOST, options: site.options, errback: site.errback }, top))
  for (let job = todo.pop(); job !== undefined; job = todo.pop()) job()
  const last = top.steps.at(-1) as DraftStep
  last.link = [...last.link, ...site.link]
  if (site.takes !== undefined) last.takes = site.takes
  if (last.op === 'fork') last.keep = site.takes !== undefined && site.under !== ''
  const { plan, shape } = seal(top, false)
  return { plan, lists, shape, span: places, calls }
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

function sizeOfErrbacks(errback: readonly Plan[]): number {
  return errback.length === 0 ? 0 : errback.length * 120
}

function numberOf(at: string): number {
  return Number(at.slice(at.lastIndexOf('.') + 1))
}
