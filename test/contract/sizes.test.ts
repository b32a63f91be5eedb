import {
  App,
  chain,
  chord,
  estimate,
  group,
  type Signature,
  type SignatureDetails,
  signature,
  validate,
} from '@arpeggio/canvas'
import { WHOLE } from '@arpeggio/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * No recursion over what users draw, and no cost that grows faster than the drawing: what is long, wide or deep is built,
 * drawn, written, read, compiled, checked and run like anything else. One after another, so that each has the memory.
 */

const SLOW = { timeout: 180_000 }

const app = new App({ name: 'sizes' })
app.task('one', () => 1)
app.task('id', (value: unknown) => value)
app.task('inc', (n: number) => n + 1)
app.task('total', (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0))
app.task('tell', (n: number) => told(n))
app.task('fail', () => {
  throw new Error('on purpose')
})
app.task('heed', (_failure: unknown, who: number) => heed(who))
let told: (n: number) => void = () => {}
let heed: (who: number) => void = () => {}

beforeAll(() => app.worker({ concurrency: 64 }).start())
afterAll(() => app.close())

/** Any canvas here: what it takes and gives is known by name only. */
type Sig = Signature<unknown, unknown>

const named = (task: string, details: SignatureDetails = {}): Sig => app.signature(task, details)
const [inc, total, tell] = [named('inc'), named('total'), named('tell')]
const one = named('one', { immutable: true })
const id = (...args: readonly unknown[]): Sig => named('id', { args })
const errback = (who: number): Sig => named('heed', { args: [who] })

/** Canvases that nest: each one in the next. */
const NESTS = {
  'groups in groups': (inner = one) => group([inner]) as Sig,
  'chords in headers': (inner = one) => chord([inner], total),
  'chords in bodies': (inner = total) => chord([one], inner.stamp({ a: 1 })),
  'chains in chains': (inner = one) => chain(inner.stamp({ a: 1 }), inc),
  'links of links': (inner = tell) => inc.link(inner),
  'errbacks of errbacks': (inner = inc) => inc.linkError(inner),
  'chains with errbacks': (inner = one) => chain(inner, inc).linkError(errback(0)),
  'headers with links and errbacks': (inner = one) =>
    chord([inner.link(tell).linkError(errback(0))], total).link(tell),
} satisfies Record<string, (inner?: Sig) => Sig>

describe('everything but running', () => {
  it('a chain of 100,000', SLOW, () => {
    everything(longChain(100_000), { calls: 100_000, messages: 100_000 })
  })

  it('a group of 20,000 chains', SLOW, () => {
    everything(group(Array.from({ length: 20_000 }, (_, i) => chain(id(i), id()))) as Sig, {
      calls: 40_000,
      messages: 40_039,
    })
  })

  it('a group of 1,000,000', SLOW, () => {
    const million = group(Array.from({ length: 1_000_000 }, (_, i) => id(i))) as Sig
    expect(million.toPlan(WHOLE).calls).toBe(1_000_000)
    expect(validate(million)).toEqual([])
    drawn(million)
    const { node } = signature(million.stringify(), app)
    expect(node.kind === 'group' && node.members.length).toBe(1_000_000)
    expect(node.kind === 'group' && node.members.at(-1)).toMatchObject({ task: 'id', args: [999_999] })
  })

  it.each([
    ['groups in groups', 1, 1],
    ['chords in headers', 10_001, 10_001],
    ['chords in bodies', 10_001, 10_001],
    ['chains in chains', 10_001, 10_001],
    ['links of links', 10_001, 10_001],
    ['errbacks of errbacks', 1, 1],
    ['chains with errbacks', 10_001, 10_001],
    ['headers with links and errbacks', 20_002, 20_002],
  ] as const)('10,000 %s', SLOW, (kind, calls, messages) => {
    everything(nest(kind, 10_000), { calls, messages })
  })
})

describe('one by one', () => {
  it('a chain of 100,000 is built step by step', SLOW, () => {
    let canvas = one
    for (let i = 1; i < 100_000; i++) canvas = canvas.pipe(inc)
    expect(canvas.equals(longChain(100_000))).toBe(true)
  })

  it('20,000 groups are put behind each other', SLOW, () => {
    let canvas = group([one]) as Sig
    for (let i = 1; i < 20_000; i++) canvas = canvas.pipe(group([total])) as Sig
    expect(canvas.toPlan(WHOLE).calls).toBe(20_000)
  })

  it('10,000 different links are drawn', SLOW, () => {
    let canvas = one
    for (let i = 0; i < 10_000; i++) canvas = canvas.link(errback(i))
    everything(canvas, { calls: 10_001, messages: 10_001 })
  })

  it('10,000 different errbacks are drawn', SLOW, () => {
    let canvas = one
    for (let i = 0; i < 10_000; i++) canvas = canvas.linkError(errback(i))
    everything(canvas, { calls: 1, messages: 1 })
  })
})

describe('running', () => {
  it('a chain of 10,000', SLOW, async () => {
    expect(await longChain(10_000).run()).toBe(10_000)
  })

  it('a group of 100,000, with its values in order', SLOW, async () => {
    const values = await group(Array.from({ length: 100_000 }, (_, i) => id(i))).run()
    expect(values.length).toBe(100_000)
    expect(values.findIndex((value, i) => value !== i)).toBe(-1)
  })

  it('a chord of 100,000', SLOW, async () => {
    const members = Array.from({ length: 100_000 }, (_, i) => id(i))
    expect(await chord(members, total).run()).toBe((100_000 * 99_999) / 2)
  })

  it('1,000 groups in groups', SLOW, async () => {
    expect(depthOf(await nest('groups in groups', 1_000).run())).toBe(1_000)
  })

  it('1,000 groups in groups in a header', SLOW, async () => {
    expect(depthOf(await chord([nest('groups in groups', 1_000)], id()).run())).toBe(1_001)
  })

  it.each([
    ['chords in headers', 1],
    ['chords in bodies', 1],
    ['chains in chains', 1_001],
  ] as const)('1,000 %s', SLOW, async (kind, value) => {
    expect(await nest(kind, 1_000).run()).toBe(value)
  })

  it('1,000 links of links', SLOW, async () => {
    const heard = new Promise<number>((resolve) => {
      told = resolve
    })
    await app
      .signature('id', { args: [0] })
      .link(nest('links of links', 1_000))
      .delay()
    expect(await heard).toBe(1_000)
  })
})

describe('failing', () => {
  it('in 1,000 scopes with an errback each calls all of them, once', SLOW, async () => {
    const heard = new Map<number, number>()
    const all = new Promise<void>((resolve) => {
      heed = (who) => {
        heard.set(who, (heard.get(who) ?? 0) + 1)
        if (heard.size === 1_000) resolve()
      }
    })
    let canvas = named('fail')
    for (let i = 0; i < 1_000; i++) canvas = chain(canvas, inc).linkError(errback(i))
    const result = await canvas.delay()
    await expect(result.get()).rejects.toThrow('on purpose')
    await all
    await result.run.finished()
    expect([...heard.values()].every((times) => times === 1)).toBe(true)
  })
})

/** A canvas in the next, so many times. */
function nest(kind: keyof typeof NESTS, depth: number): Sig {
  let canvas = NESTS[kind]()
  for (let i = 1; i < depth; i++) canvas = NESTS[kind](canvas)
  return canvas
}

function longChain(length: number): Sig {
  const line = chain as (...steps: readonly Sig[]) => Sig
  return line(one, ...Array.from({ length: length - 1 }, () => inc))
}

/** Draws, writes, reads, compiles, checks and counts a canvas. */
function everything(canvas: Sig, { calls, messages }: { calls: number; messages: number }): void {
  drawn(canvas)
  const back = signature(canvas.stringify(), app)
  expect(back.equals(canvas)).toBe(true)
  expect(back.fingerprint).toBe(canvas.fingerprint)
  expect(canvas.toPlan(WHOLE).calls).toBe(calls)
  expect(validate(canvas)).toEqual([])
  expect(estimate(canvas)).toMatchObject({ messages })
}

function drawn(canvas: Sig): void {
  expect(String(canvas).length).toBeGreaterThan(0)
  expect(canvas.toMermaid()).toMatch(/^flowchart/)
  expect(canvas.toDot()).toMatch(/^digraph/)
}

function depthOf(value: unknown): number {
  let depth = 0
  for (let inner = value; Array.isArray(inner); inner = inner[0]) depth++
  return depth
}
