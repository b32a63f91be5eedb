import type { AsyncResult } from '@arpeggio/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chain } from './chain.ts'
import { group } from './group.ts'
import type { Home } from './house/home.ts'
import type { Node } from './node/node.ts'
import { pipe } from './pipe.ts'
import type { AnySignature, Signature } from './signature.ts'
import { signature } from './signature-of.ts'
import { makeTask } from './task.ts'

const home = recordingHome()
const add = makeTask(home, 'add', {}, (a: number, b: number) => a + b)
const total = makeTask(home, 'total', {}, (numbers: number[]) => numbers.length)
const report = makeTask(home, 'report', {}, (failure: { readonly id: string }) => failure.id)

test('nothing a signature does changes it', () => {
  const sig = deepFrozen(
    add
      .s(2)
      .set({ queue: 'q', headers: { a: 1 } })
      .link(add.s(1)),
  )
  const before = sig.stringify()
  sig.set({ queue: 'r' })
  sig.kw({ depth: 2 })
  sig.link(add.s(9)).linkError(report.s()).onError(report.s())
  sig.stamp({ tenant: 7 })
  sig.clone([1], { k: 1 }, { priority: 1 })
  sig.pipe(add.s(3))
  sig.delay(1)
  expect(sig.stringify()).toBe(before)
})

test('a signature equals no other thing', () => {
  for (const odd of [undefined, null, 5, {}, add]) expect(add.s(1).equals(odd as never)).toBe(false)
})

test('two signatures made from one do not see each other', () => {
  const base = add.s(1, 2)
  const [x, y] = [base.set({ queue: 'x' }), base.set({ queue: 'y' })]
  expect([base.node.options, x.node.options, y.node.options]).toEqual([{}, { queue: 'x' }, { queue: 'y' }])
})

test('a chord drawn from a body leaves the body alone', () => {
  const body = total.s()
  const first = group(add.s(1, 2)).pipe(body).link(add.s(1))
  const second = group(add.s(3, 4)).pipe(body)
  expect(first.node.options.link).toHaveLength(1)
  expect(second.node.options.link).toBeUndefined()
  expect(body.node.options.link).toBeUndefined()
})

test('pipe, chain and fluent piping draw the same', () => {
  const steps = fc.array(fc.integer(), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(steps, (numbers) => {
      const all = numbers.map((n) => add.s(n))
      const [first, ...rest] = all as [(typeof all)[0], ...typeof all]
      expect(chain(all).node).toEqual(pipe(...all).node)
      expect(first.pipe(...rest).node).toEqual(chain(all).node)
      expect(all.reduce((line, step) => line.pipe(step), first).node).toEqual(first.pipe(...all).node)
    }),
  )
})

test('a chain of one step is that step, and a pipe to nowhere the signature itself', () => {
  const sig = add.s(1, 2)
  expect(chain(sig).node).toBe(sig.node)
  expect(sig.pipe()).toBe(sig)
})

test('an empty chain is refused when it is drawn', () => {
  expect(() => chain()).toThrow(expect.objectContaining({ code: 'chain-empty' }))
  expect(() => pipe([])).toThrow(expect.objectContaining({ code: 'chain-empty' }))
})

test('a link on a chain stays on that chain when it is composed further', () => {
  const linked = add
    .s(1, 2)
    .pipe(add.s(3))
    .link(report.si({ id: 'x' }))
  expect(linked.pipe(add.s(4)).node).toMatchObject({ kind: 'chain', steps: [linked.node, { args: [4] }] })
})

test('the arguments of delay go in front of those it has', async () => {
  await add.s(2).delay(4)
  expect(home.sent.at(-1)).toMatchObject({ task: 'add', args: [4, 2] })
})

test('applyAsync takes arguments, keyword arguments, options and links for this call', async () => {
  const sig = add.s(2).link(add.s(1))
  await sig.applyAsync([4], { queue: 'low', countdown: '10s', kwargs: { depth: 2 }, link: add.s(5) })
  expect(home.sent.at(-1)).toMatchObject({
    args: [4, 2],
    kwargs: { depth: 2 },
    options: { queue: 'low', countdown: 10_000, link: [{ args: [1] }, { args: [5] }] },
  })
  expect(sig.node.options).toEqual({ link: [add.s(1).node] })
})

test('run gives the value', async () => {
  expect(await add.s(1, 2).run()).toBe('the value of add')
  expect(await add.run(1, 2)).toBe('the value of add')
})

test('apply runs it here', async () => {
  await add.s(2).apply(4)
  expect(home.applied.at(-1)).toMatchObject({ args: [4, 2] })
})

test('an immutable signature drops what it is given', async () => {
  const drops: AnySignature = add.si(1, 2)
  await (drops as Signature<unknown, unknown[]>).delay(9)
  expect(home.sent.at(-1)).toMatchObject({ args: [1, 2], immutable: true })
  expect(add.s(1, 2).set({ immutable: true }).node).toEqual(add.si(1, 2).node)
  expect(add.s(1).pipe(add.s(2)).set({ immutable: true }).node.kind).toBe('chain')
})

test('a clone has more arguments, keyword arguments and options', () => {
  expect(add.s(2).clone([1], { k: 1 }, { queue: 'q' }).node).toMatchObject({
    args: [1, 2],
    kwargs: { k: 1 },
    options: { queue: 'q' },
  })
  const sig = add.s(2)
  expect(sig.clone()).toBe(sig)
})

test('keyword arguments add up, newer ones win', () => {
  expect(add.s(1, 2).kw({ a: 1, b: 1 }).kw({ b: 2 }).node).toMatchObject({ kwargs: { a: 1, b: 2 } })
})

test('stamps add up', () => {
  expect(add.s(1, 2).stamp({ tenant: 7, by: 'x' }).stamp({ by: 'y' }).node.options).toEqual({
    stamps: { tenant: 7, by: 'y' },
  })
})

test('an equal callback is linked once', () => {
  expect(add.s(1, 2).link(add.s(1)).link(add.s(1), add.s(1)).node.options.link).toHaveLength(1)
})

test('its JSON form gives it back, equal', () => {
  const sig = group(add.s(1, 2).link(add.s(3)), add.si(1, 2)).pipe(total.s().set({ queue: 'q' }))
  const again = signature(JSON.parse(JSON.stringify(sig)))
  expect(again.equals(sig)).toBe(true)
  expect(again.fingerprint).toBe(sig.fingerprint)
  expect(signature(sig.stringify()).node).toEqual(sig.node)
  expect(again.equals(total.s())).toBe(false)
})

test('it draws itself', () => {
  const sig = add.s(1, 2).pipe(add.s(3))
  expect(String(sig)).toBe('add(1, 2) | add(3)')
  expect(sig.toMermaid()).toContain('add')
  expect(sig.toDot()).toContain('add')
})

test('it is never thenable, so awaiting it waits for nothing', async () => {
  const sig = add.s(1, 2)
  expect('then' in sig).toBe(false)
  expect(await sig).toBe(sig)
})

test('what belongs to no app says so, and how to change that', async () => {
  const orphan = signature(add.s(1, 2).toJSON())
  await expect(orphan.delay()).rejects.toThrow(
    expect.objectContaining({
      code: 'app-missing',
      message: expect.stringContaining('signature(json, app)'),
    }),
  )
  await signature(orphan, home).delay()
  expect(home.sent.at(-1)).toMatchObject({ args: [1, 2] })
})

test('a canvas is at home where the first of its parts is that has a home', async () => {
  const orphan = signature(add.s(1).toJSON())
  for (const canvas of [orphan.pipe(add.si(1, 2)), group(orphan, add.s(1)), orphan.link(add.si(1, 2))]) {
    await (canvas as Signature<unknown, unknown[]>).delay()
    expect(home.sent.at(-1)).toEqual(canvas.node)
  }
})

test('what is no signature is refused by name', () => {
  const wrong = add as never
  expect(() => add.s(1, 2).pipe(wrong)).toThrow(/pipe takes signatures, and was given the function add/)
  expect(() => add.s(1, 2).link(wrong)).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
  expect(() => group([1] as never)).toThrow(/group takes signatures, and was given 1/)
})

function recordingHome(): Home & { sent: Node[]; applied: Node[] } {
  const [sent, applied]: [Node[], Node[]] = [[], []]
  const handle = (node: Node): AsyncResult<unknown> =>
    ({
      get: async () => `the value of ${node.kind === 'task' ? node.task : node.kind}`,
    }) as AsyncResult<unknown>
  const home: Partial<Home> = {
    launch: async (node) => handle(sent[sent.push(node) - 1] as Node),
    apply: async (node) => handle(applied[applied.push(node) - 1] as Node),
  }
  return { ...home, sent, applied } as Home & { sent: Node[]; applied: Node[] }
}

function deepFrozen<S extends AnySignature>(sig: S): S {
  const open: unknown[] = [sig]
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    expect(Object.isFrozen(next)).toBe(true)
    open.push(...Object.values(next))
  }
  return sig
}
