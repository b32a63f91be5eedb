import {
  type Bunch,
  type Call,
  type CallOptions,
  type Compiled,
  type Fork,
  LIMITS,
  type Listed,
  type Plan,
  type Site,
  type Step,
  type StoredItem,
  WHOLE,
} from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { chain } from '../chain.ts'
import { chord } from '../chord.ts'
import { group } from '../group.ts'
import type { Node, TaskNode } from '../node/node.ts'
import { type AnySignature, Signature } from '../signature.ts'
import { signature } from '../signature-of.ts'
import { readArguments } from './arguments.ts'
import { compile } from './compile.ts'

const NOW = Date.UTC(2030, 0, 1)
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => signature<unknown, unknown>(name)) as [
  Sig,
  Sig,
  Sig,
  Sig,
  Sig,
]
type Sig = Signature<unknown, unknown>
const two = signature<unknown, unknown>('two', { args: [1, 2] })
const mapped = (kind: 'map' | 'starmap', items: readonly unknown[]): Node => {
  return { kind, task: signature('two').node as TaskNode, items, options: {} }
}

describe('two instructions', () => {
  it.each<[string, AnySignature, string]>([
    ['a task is a call', a, 'a@0'],
    ['a chain is its steps, one after another', line(a, b, c), 'a@0 | b@1 | c@2'],
    ['a group is a fork', group(a, b), '[ a@1, b@2 ]@0'],
    ['a chord is a fork and its body', chord([a, b], c), '[ a@1, b@2 ]@0 | c@3'],
    ['chains in a group are its branches', group(line(a, b), c), '[ a@1 | b@2, c@3 ]@0'],
    ['groups nest', group(group(a, b), group(c)), '[ [ a@2, b@3 ]@1, [ c@5 ]@4 ]@0'],
    ['chords nest', chord([chord([a], b), c], d), '[ [ a@2 ]@1 | b@3, c@4 ]@0 | d@5'],
    ['an empty group is a call that gives the empty list', group([]), 'celery.accumulate@0'],
    [
      'a map is a call',
      sketch({ kind: 'map', task: a.node as TaskNode, items: [1, 2], options: {} }),
      'celery.map@0',
    ],
    [
      'chunks are a fork of starmaps',
      sketch({ kind: 'chunks', task: a.node as TaskNode, items: [[1], [2], [3]], size: 2, options: {} }),
      '[ celery.starmap@1, celery.starmap@2 ]@0',
    ],
  ])('%s', (_what, sig, plan) => {
    expect(told(compiled(sig))).toBe(plan)
  })

  it('counts the tasks that will run if nothing fails, errbacks left out', () => {
    const canvas = chord([a, line(b, c)], d)
      .link(e)
      .linkError(line(a, b))
    expect(compiled(canvas).calls).toBe(5)
    expect(compiled(group([])).calls).toBe(1)
  })
})

describe('places', () => {
  it('are given in the order of the drawing: errbacks of a scope, its steps, its links', () => {
    const canvas = line(a.linkError(c).link(d), b).linkError(e).link(c)
    const plan = compiled(canvas)
    expect(told(plan)).toBe('a@2 | b@4') // errbacks: e@0 of all, c@1 of a; links: d@3 of a, c@5 of all
    const [first, last] = plan.plan as readonly [Call, Call]
    expect([first.link, last.link].map((links) => links.map((plan) => written(plan)))).toEqual([
      ['d@3'],
      ['c@5'],
    ])
    expect([first.errback, last.errback].map((plans) => plans.map((plan) => written(plan)))).toEqual([
      ['c@1', 'e@0'],
      ['e@0'],
    ])
  })

  it('hang below the place that is replaced; the last step takes over the id', () => {
    const site: Site = { under: '5', takes: '', link: [], errback: [], options: {} }
    expect(told(compiled(line(a, group(b, c)), site))).toBe('a@5.0 | [ b@5.2, c@5.3 ]@5.1')
    const [first, last] = compiled(line(a, b), site).plan as readonly Call[]
    expect([first?.takes, last?.takes]).toEqual([undefined, ''])
  })

  it('are each given once, and what hangs on a step stands between it and the next', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        const part = compiled(sketch(withoutIds(node)))
        const seen: number[] = []
        cover(part.plan, part, seen)
        expect(new Set(seen).size).toBe(seen.length)
        expect(Math.max(...seen)).toBe(seen.length - 1)
      }),
    )
  })

  it('are the same in the outline, step by step', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        const part = compiled(sketch(withoutIds(node)))
        expect(outlined(part)).toEqual(planned(part))
      }),
    )
  })
})

describe('what is drawn on a whole', () => {
  it('reaches every step that says nothing else; the task’s own options come last', () => {
    const defaults: CallOptions = { queue: 'own', priority: 3, timeLimit: 9 }
    const canvas = chord([a.set({ queue: 'mine' }), b], c).set({ queue: 'low', priority: 1 })
    expect(optionsOf(compiled(canvas, WHOLE, { defaultsFor: () => defaults }))).toEqual({
      a: { queue: 'mine', priority: 1, timeLimit: 9 },
      b: { queue: 'low', priority: 1, timeLimit: 9 },
      c: { queue: 'low', priority: 1, timeLimit: 9 },
    })
  })

  it('adds up headers and stamps; those of a step win', () => {
    const canvas = line(a.set({ headers: { x: 2 }, stamps: { s: 1 } }), b).set({
      headers: { x: 1, y: 1 },
      stamps: { t: 1 },
    })
    expect(optionsOf(compiled(canvas))).toEqual({
      a: { headers: { x: 2, y: 1 }, stamps: { s: 1, t: 1 } },
      b: { headers: { x: 1, y: 1 }, stamps: { t: 1 } },
    })
  })

  it('as a start acts on its entry alone: a body is not delayed', () => {
    const starts = (sig: AnySignature) => optionsOf(compiled(sig.set({ countdown: '5s' })))
    expect(starts(line(a, b))).toEqual({ a: { countdown: 5_000 }, b: {} })
    expect(starts(chord([a, line(b, c)], d))).toEqual({
      a: { countdown: 5_000 },
      b: { countdown: 5_000 },
      c: {},
      d: {},
    })
    expect(starts(line(group(a, b), group(c, d)))).toMatchObject({
      a: { countdown: 5_000 },
      b: { countdown: 5_000 },
      c: {},
      d: {},
    })
  })

  it('as a start of an inner step acts where that begins', () => {
    expect(optionsOf(compiled(line(a, b.set({ countdown: 1 }), c).set({ countdown: 2 })))).toEqual({
      a: { countdown: 2 },
      b: { countdown: 1 },
      c: {},
    })
  })

  it('never reaches links and errbacks: they are wholes of their own', () => {
    const [call] = compiled(
      a
        .link(b)
        .linkError(c)
        .set({ queue: 'low', countdown: 1, stamps: { s: 1 } }),
    ).plan as [Call]
    expect([...call.link, ...call.errback].map(([step]) => (step as Call).options)).toEqual([{}, {}])
    expect(call.options).toEqual({ queue: 'low', countdown: 1, stamps: { s: 1 } })
  })

  it('expires at a moment, counted from when it is sent', () => {
    expect(optionsOf(compiled(line(a, b).set({ expires: '1m' })))).toEqual({
      a: { expires: NOW + 60_000 },
      b: { expires: NOW + 60_000 },
    })
  })

  it('as immutable drops the value before its entry, and nowhere else', () => {
    const [, second, third] = compiled(line(a, line(b, c).set({ immutable: true }))).plan as readonly Call[]
    expect([second?.immutable, third?.immutable]).toEqual([true, false])
    const [, fork] = compiled(line(a, group(b, c).set({ immutable: true }))).plan as unknown as [Call, Fork]
    expect((fork.branches as readonly [Call][]).map(([call]) => call.immutable)).toEqual([true, true])
  })
})

describe('links and errbacks', () => {
  it('of a group are those of its fork, and its members have none', () => {
    const [fork] = compiled(group(a, b).link(c).linkError(d)).plan as [Fork]
    expect([fork.link, fork.errback].map((plans) => plans.map((plan) => written(plan)))).toEqual([
      ['c@4'],
      ['d@0'],
    ])
    for (const [call] of fork.branches as readonly [Call][])
      expect([call.link, call.errback]).toEqual([[], []])
  })

  it('of a chord: its errbacks are those of its header and its body, its link is that of its body', () => {
    const [fork, body] = compiled(chord([a], b).link(c).linkError(d)).plan as [Fork, Call]
    expect([fork.errback.length, fork.link.length, body.errback.length, body.link.length]).toEqual([
      1, 0, 1, 1,
    ])
    expect(fork.errback[0]).toBe(body.errback[0])
  })

  it('of a replaced task move to the end of what replaces it', () => {
    const moved: Site = { under: '5', takes: '5', link: [[call('9')]], errback: [[call('8')]], options: {} }
    const [first, last] = compiled(line(a, b).link(c).linkError(d), moved).plan as [Call, Call]
    expect([first.link.length, last.link.map((plan) => written(plan))]).toEqual([0, ['c@5.3', 't@9']])
    expect([first, last].map(({ errback }) => errback.map((plan) => written(plan)))).toEqual([
      ['d@5.0', 't@8'],
      ['d@5.0', 't@8'],
    ])
  })

  it('can be any canvas, with links and errbacks of their own', () => {
    const [first] = compiled(a.link(chord([b.link(c)], d))).plan as [Call]
    expect(first.link.map((plan) => written(plan))).toEqual(['[ b@2 ]@1 | d@4'])
  })
})

describe('long futures', () => {
  const large = signature<unknown, unknown>('large', { args: ['x'.repeat(LIMITS.inlineFutureBytes)] })

  it('of a chain are stored, but for the first step of a chain that is short', () => {
    const short = compiled(line(a, b, c))
    expect([short.plan.length, Object.keys(short.lists).length]).toEqual([3, 0])
    const long = compiled(line(...Array.from({ length: 100 }, () => a)))
    expect(long.plan).toEqual([{ op: 'stored', list: ':0', from: 0, to: 100, end: '' }])
    expect(long.lists[':0']).toHaveLength(100)
  })

  it('of a single call stay with it: there is no future to store', () => {
    expect(compiled(large)).toMatchObject({ plan: [{ op: 'call', task: 'large' }], lists: {} })
  })

  it('are stored where branches are wide, and where one branch is heavy', () => {
    const wide = compiled(group(Array.from({ length: 1_000 }, () => a)))
    expect((wide.plan[0] as Fork).branches).toEqual({
      op: 'stored',
      list: ':0',
      from: 0,
      to: 1_000,
    })
    const heavy = compiled(group(a, large))
    expect((heavy.plan[0] as Fork).branches).toEqual([
      [expect.objectContaining({ task: 'a' })],
      [expect.objectContaining({ op: 'stored', end: '2' })],
    ])
  })

  it('that travel inline are within the limit, whatever is drawn', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        const part = compiled(sketch(withoutIds(node)))
        if (part.plan.length === 1 && part.plan[0]?.op !== 'fork') return
        const future = part.plan
          .filter((step): step is Call => step.op === 'call')
          .flatMap(({ link, errback, ...step }) => step)
        expect(JSON.stringify(future).length).toBeLessThan(4 * LIMITS.inlineFutureBytes)
      }),
    )
  })

  it('of a replacement are named after its place, so that no two parts of a run share a list', () => {
    const site: Site = { under: '5.2', takes: '5.2', link: [], errback: [], options: {} }
    expect(Object.keys(compiled(line(...Array.from({ length: 100 }, () => a)), site).lists)).toEqual([
      '5.2:0',
    ])
  })
})

describe('what many callbacks cost', () => {
  /** Chains in one another, each with an errback: the innermost step can fail them all. */
  const nested = (depth: number): Sig => {
    let canvas = a
    for (let i = 0; i < depth; i++) canvas = line(canvas, b).linkError(signature('heed', { args: [i] }))
    return canvas
  }

  it('is no more in a message than a few: many errbacks are one fork of them, which is stored', () => {
    const part = compiled(nested(1_000))
    const sizes = callsOf(part).map(({ errback }) => JSON.stringify(errback).length)
    expect(Math.max(...sizes)).toBeLessThan(2 * LIMITS.inlineFutureBytes)
  })

  it('grows as the drawing does', () => {
    const size = (depth: number) => JSON.stringify({ ...compiled(nested(depth)), shape: [] }).length
    expect(size(2_000) / size(1_000)).toBeLessThan(2.2)
  })

  it('is shared: all steps of a scope have one list', () => {
    const [first, second] = compiled(line(a, b).linkError(...many(100))).plan as readonly Call[]
    expect(first?.errback).toBe(second?.errback)
  })

  it('leaves none of them out, whether there are few or many', () => {
    for (const count of [1, 5, 6, 7, 8, 9, 100]) {
      const part = compiled(line(line(a, b).linkError(...many(count)), c).linkError(...many(count, 'outer')))
      const [first] = callsOf(part) as [Call]
      const heard = first.errback.flatMap((plan) => calledBy(plan, part))
      expect(heard).toEqual([
        ...Array.from({ length: count }, (_, i) => `inner ${i}`),
        ...Array.from({ length: count }, (_, i) => `outer ${i}`),
      ])
    }
  })

  it('is nothing much for 50,000 links of one step', () => {
    const [step] = compiled(a.link(...many(50_000))).plan as [Call]
    expect(step.link).toHaveLength(50_000)
  })

  function many(count: number, where = 'inner'): Sig[] {
    return Array.from({ length: count }, (_, i) => signature('heed', { args: [`${where} ${i}`] }))
  }

  function callsOf({ plan, lists }: Compiled): readonly Call[] {
    return stepsOf(plan, lists).filter((step) => step.op === 'call')
  }

  function calledBy(plan: Plan, part: Compiled): string[] {
    return stepsOf(plan, part.lists).flatMap((step) => {
      if (step.op === 'call') return [String(step.args[0])]
      return branchesOf(step, part.lists).flatMap((branch) => calledBy(branch, part))
    })
  }
})

describe('what is compiled', () => {
  it('is frozen: plans, steps, and what is stored', () => {
    const canvas = group(Array.from({ length: 50 }, () => line(a.link(b), c).linkError(d)))
    const part = compiled(canvas, WHOLE, { defaultsFor: () => Object.freeze({}) })
    const open: unknown[] = [part.plan, part.lists]
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (typeof value !== 'object' || value === null) continue
      expect(value).toSatisfy(Object.isFrozen)
      open.push(...Object.values(value))
    }
    expect(part).toSatisfy(Object.isFrozen)
  })
})

describe('a message that starts branches', () => {
  it('goes where its first branch goes', () => {
    const forkOf = (sig: AnySignature) => compiled(sig).plan[0] as Fork
    expect(forkOf(group(a.set({ queue: 'low' }), b)).options).toEqual({ queue: 'low' })
    expect(forkOf(group(a, b).set({ queue: 'low' })).options).toEqual({ queue: 'low' })
    expect(forkOf(group(group(a.set({ queue: 'low' })), b)).options).toEqual({ queue: 'low' })
    const queues = compiled(group(a, b), WHOLE, { defaultsFor: (task) => ({ queue: `of ${task}` }) })
    expect((queues.plan[0] as Fork).options).toEqual({ queue: 'of a' })
  })
})

describe('what cannot be compiled', () => {
  it.each<[string, AnySignature, string]>([
    ['a taskId inside', group(a.set({ taskId: 'mine' })), 'option-invalid'],
    ['a taskId on a link', a.link(b.set({ taskId: 'mine' })), 'option-invalid'],
    ['a deadline inside', group(a.set({ deadline: '1h' })), 'option-invalid'],
    ['a deadline on a link', a.link(b.set({ deadline: '1h' })), 'option-invalid'],
    ['a value that is no JSON', line(a, signature('b', { args: [() => 1] })), 'value-not-json'],
    ['too many arguments', group(signature('two', { args: [1, 2, 3] })), 'arguments-wrong'],
    ['too many after a step', line(a, two), 'arguments-wrong'],
    ['too many in a group after a step', line(a, group(b, line(two, c))), 'arguments-wrong'],
    ['too many as a body', chord([], two), 'arguments-wrong'],
    ['too many as the header of a body', chord([a], chord([two], b)), 'arguments-wrong'],
    ['too many as a link', a.link(line(two, b)), 'arguments-wrong'],
    ['too many as an errback', a.linkError(two), 'arguments-wrong'],
    ['too many in items', sketch(mapped('starmap', [[1], [1, 2, 3]])), 'arguments-wrong'],
    ['no list of arguments in items', sketch(mapped('starmap', [1])), 'arguments-wrong'],
  ])('%s is refused with a code', (_what, sig, code) => {
    const most = { mostArguments: (task: string) => (task === 'two' ? 2 : null) }
    expect(() => compiled(sig, WHOLE, most)).toThrow(expect.objectContaining({ code }))
  })

  it.each<[string, AnySignature]>([
    ['first', line(two, b)],
    ['in a group that comes first', chord([two, line(two, b)], c)],
    ['with one argument after a step', line(a, signature('two', { args: [1] }))],
    ['immutable after a step', line(a, two.set({ immutable: true }))],
    ['at the entry of what is immutable', line(a, group(two, line(two, b)).set({ immutable: true }))],
    ['as an immutable errback', a.linkError(two.set({ immutable: true }))],
    ['in items', line(a, sketch(mapped('map', [[1, 2, 3]])))],
  ])('as many arguments as a task takes are fine: %s', (_what, sig) => {
    const most = { mostArguments: (task: string) => (task === 'two' ? 2 : null) }
    expect(() => compiled(sig, WHOLE, most)).not.toThrow()
  })

  it('the taskId of the whole is fine', () => {
    expect(told(compiled(line(a, b).set({ taskId: 'mine' })))).toBe('a@0 | b@1')
  })

  it('the deadline of the whole is a moment; what takes the place of a task has none', () => {
    const until = (deadline: number | Date) => line(a, b).set({ deadline })
    expect(compiled(until(1_000)).deadline).toBe(NOW + 1_000)
    expect(compiled(until(new Date(5))).deadline).toBe(5)
    expect('deadline' in compiled(line(a, b))).toBe(false)
    const site = { ...WHOLE, under: '3' }
    expect(() => compiled(until(1_000), site)).toThrow(expect.objectContaining({ code: 'option-invalid' }))
  })
})

interface Said {
  readonly defaultsFor?: (task: string) => CallOptions
  readonly mostArguments?: (task: string) => number | null
}

function compiled(sig: AnySignature, site: Site = WHOLE, said: Said = {}): Compiled {
  return compile(sig.node, site, {
    now: NOW,
    carried: null,
    defaultsFor: () => ({}),
    queueProblem: () => null,
    mostArguments: () => null,
    readArguments: (node) => readArguments(node),
    refusal: () => null,
    ...said,
  })
}

function sketch(node: Node): AnySignature {
  return new Signature(node, null)
}

function line(...steps: readonly AnySignature[]): Sig {
  return (chain as (...steps: readonly AnySignature[]) => Sig)(...steps)
}

function call(at: string): Call {
  const nothing = { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
  return { op: 'call', at, task: 't', ...nothing }
}

/** A part in one line: tasks with their places, and forks with theirs. */
function told({ plan, lists }: Compiled): string {
  return written(plan, lists)
}

function written(plan: Plan, lists: Compiled['lists'] = {}): string {
  return stepsOf(plan, lists)
    .map((step) => {
      if (step.op === 'call') return `${step.task}@${step.at}`
      return `[ ${branchesOf(step, lists)
        .map((branch) => written(branch, lists))
        .join(', ')} ]@${step.at}`
    })
    .join(' | ')
}

function stepsOf(plan: Plan, lists: Compiled['lists']): Step[] {
  return plan.flatMap((step) => (step.op === 'stored' ? (itemsOf(step, lists) as readonly Step[]) : [step]))
}

function branchesOf({ branches }: Fork, lists: Compiled['lists']): readonly Plan[] {
  return 'op' in branches ? (itemsOf(branches, lists) as readonly Plan[]) : branches
}

function itemsOf({ list, from, to }: Listed, lists: Compiled['lists']): readonly StoredItem[] {
  return (lists[list] ?? []).slice(from, to)
}

/** The options of each task, by its name. */
function optionsOf({ plan, lists }: Compiled): Record<string, CallOptions> {
  const all: Record<string, CallOptions> = {}
  const todo: Plan[] = [plan]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    for (const step of stepsOf(next, lists)) {
      if (step.op === 'call') all[step.task] = step.options
      else todo.push(...branchesOf(step, lists))
    }
  }
  return all
}

/** Collects every place of a plan, and checks that what hangs on a step stands between it and the next. */
function cover(plan: Plan, part: Compiled, seen: number[], known = new Set<Plan>()): void {
  const steps = stepsOf(plan, part.lists)
  for (const [i, step] of steps.entries()) {
    for (const errback of step.errback) coverErrback(errback, part, seen, known)
    const inside = [Number(step.at)]
    if (step.op === 'fork')
      for (const branch of branchesOf(step, part.lists)) cover(branch, part, inside, known)
    const end = Number(steps[i + 1]?.at ?? Number.POSITIVE_INFINITY)
    for (const link of step.link) cover(link, part, inside, known)
    expect(inside.every((place) => place >= Number(step.at) && place < end)).toBe(true)
    seen.push(...inside)
  }
}

/** Errbacks are shared by the steps of their scope; many are one fork, which stands behind them. */
function coverErrback(plan: Plan, part: Compiled, seen: number[], known: Set<Plan>): void {
  if (known.has(plan)) return
  known.add(plan)
  const [step] = stepsOf(plan, part.lists) as [Step]
  const branches = step.op === 'fork' ? branchesOf(step, part.lists) : []
  const [first] = branches.length > 0 ? stepsOf(branches[0] as Plan, part.lists) : []
  if (first === undefined || Number(first.at) > Number(step.at)) {
    cover(plan, part, seen, known)
    return
  }
  seen.push(Number(step.at))
  for (const branch of branches) coverErrback(branch, part, seen, known)
}

/** What stands at which place, errbacks left out: as the plan tells it, and as the outline does. */
function planned({ plan, lists }: Compiled): Record<number, string> {
  const all: Record<number, string> = {}
  const todo: Plan[] = [plan]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    for (const step of stepsOf(next, lists)) {
      const isEmpty = step.op === 'call' && step.task === 'celery.accumulate'
      all[Number(step.at)] = step.op === 'call' && !isEmpty ? step.task : 'group'
      if (step.op === 'fork') todo.push(...branchesOf(step, lists))
      todo.push(...step.link)
    }
  }
  return all
}

function outlined({ shape }: Compiled): Record<number, string> {
  const all: Record<number, string> = {}
  const todo: { base: number; shape: Compiled['shape'] }[] = [{ base: 0, shape }]
  const later = (base: number, bunches: readonly Bunch[]): void => {
    for (const { at, count, span, shape } of bunches) {
      for (let nth = 0; nth < count; nth++) todo.push({ base: base + at + nth * span, shape })
    }
  }
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    for (const step of next.shape) {
      all[next.base + step.at] = step.op === 'call' ? step.task : 'group'
      if (step.op === 'fork') later(next.base, step.members)
      later(next.base, step.link ?? [])
    }
  }
  return all
}

/** Only a whole may have a taskId or a deadline, and a quorum must be in reach. */
function withoutIds(node: Node): Node {
  return JSON.parse(JSON.stringify(node), (key, value) => {
    if (['taskId', 'deadline', 'idempotencyKey'].includes(key)) return undefined
    return key === 'policy' && typeof value === 'object' ? 'all' : value
  }) as Node
}
