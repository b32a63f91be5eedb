import { expect, test } from 'vitest'
import { chord } from './chord.ts'
import { group } from './group.ts'
import type { Home } from './house/home.ts'
import { signature } from './signature-of.ts'
import { makeTask } from './task.ts'

const home = {} as Home
const add = makeTask(home, 'add', {}, (a: number, b: number) => a + b)
const total = makeTask(home, 'total', {}, (numbers: readonly (number | null)[]) => numbers.length)
const members = [add.s(1, 2), add.s(3, 4)]

test('members are given one by one, as a list, or as anything iterable', () => {
  const drawn = group(...members).node
  expect(drawn).toMatchObject({ kind: 'group', members: [{ args: [1, 2] }, { args: [3, 4] }] })
  expect(group(members).node).toEqual(drawn)
  expect(group(new Set(members)).node).toEqual(drawn)
  expect(group(members.values()).node).toEqual(drawn)
})

test('a group of one and a group of none stay groups, and so do groups in groups', () => {
  expect(group(add.s(1, 2)).node).toMatchObject({ kind: 'group', members: [{ task: 'add' }] })
  expect(group().node).toMatchObject({ kind: 'group', members: [] })
  expect(group([]).node).toEqual(group().node)
  expect(group(group(add.s(1, 2))).node).toMatchObject({ members: [{ kind: 'group' }] })
})

test('a group of an empty list gives the empty list, though it belongs to no app', async () => {
  const none = group(([] as string[]).map(() => add.s(1, 2)))
  expect(await none.run()).toEqual([])
  expect(await (await none.apply()).get()).toEqual([])
  const result = await none.set({ queue: 'q' }).delay()
  expect([result.results, await result.state()]).toEqual([[], 'SUCCESS'])
  expect(await group(none, none).run()).toEqual([[], []])
  const orphan = signature('elsewhere')
  await expect(group(none, orphan).delay()).rejects.toThrow(expect.objectContaining({ code: 'app-missing' }))
})

test('the list that members came in stays free', () => {
  const list = [...members]
  const all = group(list)
  list.pop()
  expect(Object.isFrozen(list)).toBe(false)
  expect(all.node).toMatchObject({ members: { length: 2 } })
})

test('a chord is a group and what follows, however it is written', () => {
  const drawn = group(members).pipe(total.s()).node
  expect(chord(members, total.s()).node).toEqual(drawn)
  expect(chord(group(members), total.s()).node).toEqual(drawn)
  expect(chord(members)(total.s()).node).toEqual(drawn)
  expect(drawn).toMatchObject({ kind: 'chord', header: [{ args: [1, 2] }, { args: [3, 4] }], policy: 'all' })
})

test('a chord has the policy it is given', () => {
  expect(chord(members, total.s(), { policy: 'failFast' }).node).toMatchObject({ policy: 'failFast' })
  expect(chord(members, { policy: { quorum: 2 } })(total.s()).node).toMatchObject({ policy: { quorum: 2 } })
  expect(chord(group(members), total.s(), { policy: { quorum: 1 } }).pipe(add.s(1)).node).toMatchObject({
    kind: 'chord',
    policy: { quorum: 1 },
    body: { kind: 'chain' },
  })
})

test('a header that is a canvas of its own goes on in its own way', () => {
  const queued = group(members).set({ queue: 'q' })
  expect(chord(queued, total.s()).node).toEqual(queued.pipe(total.s()).node)
  const late = add.s(1, 2).pipe(group(add.s(3), add.s(4)))
  expect(chord(late, total.s(), { policy: 'failFast' }).node).toMatchObject({
    kind: 'chain',
    steps: [{ args: [1, 2] }, { kind: 'chord', policy: 'failFast' }],
  })
  expect(() => chord(queued, total.s(), { policy: 'failFast' })).toThrow(
    expect.objectContaining({ code: 'option-invalid' }),
  )
})

test.each([{ quorum: 0 }, { quorum: 3 }, { quorum: 1.5 }, { quorum: '2' }, {}, 'most', null])(
  'a chord of two cannot have the policy %j',
  (policy) => {
    expect(() => chord(members, total.s(), { policy } as never)).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    )
  },
)

test("a chord's header is no single signature, and its body no list", () => {
  expect(() => chord(add.s(1, 2) as never, total.s())).toThrow(/header is a list of signatures or a group/)
  expect(() => chord(members)(members as never)).toThrow(
    expect.objectContaining({ code: 'signature-invalid' }),
  )
})

test('a million members are drawn', () => {
  const member = add.s(1, 2)
  expect(group(Array.from({ length: 1_000_000 }, () => member)).node).toMatchObject({
    members: { length: 1_000_000 },
  })
})
