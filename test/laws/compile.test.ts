import {
  type Backend,
  type Compiled,
  idAt,
  type Listed,
  type Message,
  memoryBackend,
  type Plan,
  type Shape,
  type Step,
  type StoredItem,
  virtualClock,
  WHOLE,
  type Wish,
} from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node, TaskNode } from '../../packages/canvas/src/node/node.ts'
import {
  endOf,
  find,
  linksOf,
  membersOf,
  placeAt,
  positionAt,
  type Spot,
} from '../../packages/core/src/machine/outline.ts'
import { arbitraryCanvas } from '../support/arbitrary-canvas.ts'
import { replay } from '../support/replay.ts'
import { NOW, planOf, STOPPED, stageOf } from '../support/stage.ts'
import type { Act } from '../support/task-table.ts'

describe('ids are given when the plan is made', { timeout: 120_000 }, () => {
  test('every node has a place of its own, and the last one the id of the run', () => {
    fc.assert(
      fc.property(arbitraryCanvas(), ({ node }) => {
        const compiled = planOf(node, WHOLE)
        const steps = [...everyStep(compiled)]
        expect(repeated(steps.map(({ step }) => step.at))).toEqual([])
        expect(repeated(steps.map(({ step }) => positionOf(step)))).toEqual([])
        expect(idAt('run', positionOf(lastOf(compiled)))).toBe('run')
      }),
      replay(300),
    )
  })

  test('the outline alone tells the id and the task of every node but the errbacks', () => {
    fc.assert(
      fc.property(arbitraryCanvas(), ({ node }) => {
        const compiled = planOf(node, WHOLE)
        const steps = [...everyStep(compiled)].filter(({ aside }) => !aside).map(({ step }) => step)
        expect([...everySpot(compiled.shape)].map(spotLine).sort()).toEqual(steps.map(stepLine).sort())
        for (const step of steps) {
          const spot = find(compiled.shape, {}, positionOf(step))
          expect(spot && spotLine(spot)).toBe(stepLine(step))
        }
      }),
      replay(300),
    )
  })

  test('a canvas that is compiled again has the same ids', () => {
    fc.assert(
      fc.property(arbitraryCanvas(), ({ node }) => {
        expect(planOf(node, WHOLE)).toEqual(planOf(node, WHOLE))
      }),
      replay(100),
    )
  })

  test('what replaces a task hangs below its place and takes its id', () => {
    fc.assert(
      fc.property(arbitraryCanvas(), fc.constantFrom('', '7', '3.1'), ({ node }, takes) => {
        const compiled = planOf(node, { under: '5.2', takes, link: [], errback: [], options: {} })
        for (const { step } of everyStep(compiled)) expect(step.at).toMatch(/^5\.2\.\d+$/)
        expect(positionOf(lastOf(compiled))).toBe(takes)
      }),
      replay(100),
    )
  })
})

describe('places', { timeout: 120_000 }, () => {
  test('steps of a plan come one after another, and what hangs on one stands before the next', () => {
    fc.assert(
      fc.property(arbitraryCanvas(), ({ node }) => {
        const { plan, lists } = planOf(node, WHOLE)
        const todo: { plan: Plan; from: number; to: number }[] = [
          { plan, from: 0, to: Number.POSITIVE_INFINITY },
        ]
        for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
          let { from } = next
          const steps = stepsOf(next.plan, lists)
          for (const [index, step] of steps.entries()) {
            const first = numberOf(step.at)
            expect(first).toBeGreaterThanOrEqual(from)
            const behind = steps[index + 1]
            const to = behind === undefined ? next.to : numberOf(behind.at)
            from = first + 1
            expect(from).toBeLessThanOrEqual(to)
            for (const plan of plansIn(step, lists)) todo.push({ plan, from: first, to })
          }
        }
      }),
      replay(300),
    )
  })
})

describe('what is stored', { timeout: 120_000 }, () => {
  test('is referred to once, and whole', () => {
    fc.assert(
      fc.property(arbitraryCanvas(5, 4), ({ node }) => {
        const compiled = planOf(node, WHOLE)
        const stored = [...everyStored(compiled)].map(({ list, from, to }) => ({ list, from, to }))
        const lists = Object.entries(compiled.lists).map(([list, items]) => ({
          list,
          from: 0,
          to: items.length,
        }))
        expect(sorted(stored)).toEqual(sorted(lists))
      }),
      replay(300),
    )
  })

  test.each([10, 1_000, 5_000])('is read once, item by item, in a chain and in a group of %i', async (n) => {
    for (const node of [chain(calls(n)), chord(calls(n), say('body'))]) {
      const { read, ran } = await measure(node)
      expect(repeated(read)).toEqual([])
      expect(ran).toBe(node.kind === 'chain' ? n : n + 1)
    }
  })
})

describe('cost is flat: as messages, in bytes of JSON', { timeout: 120_000 }, () => {
  test.each([10, 1_000, 10_000])('no message of a chain of %i is larger than two kilobytes', async (n) => {
    const { sizes } = await measure(chain(calls(n)))
    expect(sizes).toHaveLength(n)
    expect(Math.max(...sizes)).toBeLessThan(2_000)
  })

  test.each([10, 1_000, 5_000])(
    'a chord of %i sends its body once, and its members do not know it',
    async (n) => {
      const marker = 'a rather particular body'
      const { messages } = await measure(chord(calls(n), say(marker)))
      const texts = messages.map((message) => JSON.stringify(message))
      const others = texts.filter((text) => !text.includes(marker))
      expect(others).toHaveLength(texts.length - 1)
      expect(Math.max(...others.map((text) => text.length))).toBeLessThan(2_000)
    },
  )

  test.each([10, 1_000])('an errback of ten kilobytes is not in the messages of a chain of %i', async (n) => {
    const large = say('x'.repeat(10_000))
    const { sizes } = await measure({ ...chain(calls(n)), options: { linkError: [large] } } as Node)
    expect(Math.max(...sizes)).toBeLessThan(2_000)
  })

  test.each([1, 10, 40])('%i chords of ten in a row send as much each', async (n) => {
    let node: Node = give('end')
    for (let nth = 0; nth < n; nth++) node = chord(calls(10, `${nth}-`), node)
    const { sizes } = await measure(node)
    expect(Math.max(...sizes)).toBeLessThan(2_500)
    expect(total(sizes) / n).toBeLessThan(20_000)
  })

  test.each([1, 5, 50])('%i chords inside each other send as much each', async (n) => {
    let node: Node = give('end')
    for (let nth = 0; nth < n; nth++) node = chord([node, ...calls(3, `${nth}-`)], give(`body ${nth}`))
    const { sizes } = await measure(node)
    expect(Math.max(...sizes)).toBeLessThan(2_500)
    expect(total(sizes) / n).toBeLessThan(20_000)
  })
})

/** Plays a drawing of calls that say null, and measures what is sent and read. */
async function measure(node: Node) {
  const messages: Message[] = []
  const read: string[] = []
  const memory = memoryBackend({ clock: virtualClock(NOW) })
  const meter = (wishes: readonly Wish[]): readonly Wish[] => {
    for (const wish of wishes) if (wish.do === 'publish') messages.push(wish.message)
    return wishes
  }
  const backend: Backend = {
    ...memory,
    deliveries: {
      ...memory.deliveries,
      submit: (launch, wishes) => memory.deliveries.submit(launch, meter(wishes)),
      commit: (delivery, wishes) => memory.deliveries.commit(delivery, meter(wishes)),
    },
    runs: {
      ...memory.runs,
      items(run, list, from, to) {
        for (let index = from; index < to; index++) read.push(`${list} ${index}`)
        return memory.runs.items(run, list, from, to)
      },
    },
  }
  const table = { get: (): Act => ({ act: 'say', value: null }) } as unknown as ReadonlyMap<string, Act>
  const { executor, seen, start } = stageOf(table, backend)
  await start(node)
  for (;;) {
    const [delivery] = await memory.deliveries.receive(['default'], 1, STOPPED)
    if (delivery === undefined) break
    await executor.execute(delivery)
  }
  return {
    messages,
    sizes: messages.map((message) => JSON.stringify(message).length),
    read,
    ran: seen.length,
  }
}

const PLAIN = { kwargs: {}, options: {}, immutable: false }
const give = (label: string): TaskNode => ({ kind: 'task', task: 'give', args: [label], ...PLAIN })
const say = (label: string): TaskNode => ({ kind: 'task', task: 'say', args: [label], ...PLAIN })
const calls = (count: number, prefix = ''): TaskNode[] =>
  Array.from({ length: count }, (_, nth) => say(`${prefix}${nth}`))
const chain = (steps: readonly Node[]): Node => ({ kind: 'chain', steps, options: {}, immutable: false })
const chord = (header: readonly Node[], body: Node): Node => ({
  kind: 'chord',
  header,
  body,
  policy: 'all',
  options: {},
  immutable: false,
})

const numberOf = (at: string): number => Number(at.slice(at.lastIndexOf('.') + 1))
const positionOf = (step: Step): string => step.takes ?? step.at
const repeated = (texts: readonly string[]): string[] => {
  const seen = new Set<string>()
  return texts.filter((text) => seen.size === seen.add(text).size)
}
const sorted = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).sort()
const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0)
const stepLine = (step: Step): string =>
  `${positionOf(step)} at ${step.at} ${step.op === 'call' ? step.task : step.op}`
const spotLine = (spot: Spot): string => `${positionAt(spot)} at ${placeAt(spot)} ${nameOf(spot)}`

/** An empty group is a call that gives the empty list. */
function nameOf({ step }: Spot): string {
  if (step.op === 'call') return step.task
  return step.members.length === 0 ? 'celery.accumulate' : 'fork'
}

/** A plan with what is stored of it in its place. */
function stepsOf(plan: Plan, lists: Compiled['lists']): Step[] {
  return plan.flatMap((item) => (item.op === 'stored' ? (listed(item, lists) as Step[]) : [item]))
}

function listed({ list, from, to }: Listed, lists: Compiled['lists']): readonly StoredItem[] {
  return lists[list]?.slice(from, to) ?? []
}

/** The plans that hang on a step: links and branches. */
function plansIn(step: Step, lists: Compiled['lists']): Plan[] {
  if (step.op === 'call') return [...step.link]
  const { branches } = step
  return [...step.link, ...('op' in branches ? (listed(branches, lists) as readonly Plan[]) : branches)]
}

/** Every step of a compiled canvas, and whether it is part of an errback. Steps of one scope share its errbacks. */
function* everyStep({ plan, lists }: Compiled): Generator<{ step: Step; aside: boolean }> {
  const known = new Set<Plan>()
  const todo = [{ plan, aside: false }]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (known.has(next.plan)) continue
    known.add(next.plan)
    const { aside } = next
    for (const step of stepsOf(next.plan, lists)) {
      for (const plan of plansIn(step, lists)) todo.push({ plan, aside })
      for (const plan of step.errback) todo.push({ plan, aside: true })
      yield { step, aside }
    }
  }
}

/** Every reference to a stored list. */
function everyStored({ plan, lists }: Compiled): Set<Listed> {
  const known = new Set<Listed>()
  const seen = new Set<Plan>()
  const todo = [plan]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    for (const item of next) if (item.op === 'stored') known.add(item)
    for (const step of stepsOf(next, lists)) {
      if (step.op === 'fork' && 'op' in step.branches) known.add(step.branches)
      todo.push(...plansIn(step, lists), ...step.errback)
    }
  }
  return known
}

/** Every node of an outline. */
function* everySpot(shape: Shape): Generator<Spot> {
  const todo = [endOf(shape)]
  for (let plan = todo.pop(); plan !== undefined; plan = todo.pop()) {
    for (let index = 0; index < plan.plan.length; index++) {
      const spot: Spot = { ...plan, index, step: plan.plan[index] as Spot['step'] }
      yield spot
      todo.push(...membersOf(spot), ...linksOf(spot))
    }
  }
}

function lastOf({ plan, lists }: Compiled): Step {
  const last = plan.at(-1) as Plan[number]
  return last.op === 'stored' ? (lists[last.list]?.at(-1) as Step) : last
}
