import { setAutoFreeze } from 'immer'
import { expect, test } from 'vitest'
import { NO_OPTIONS, type Node } from './node.ts'
import { update } from './update.ts'

const task: Node = Object.freeze({
  kind: 'task',
  task: 'add',
  args: [],
  kwargs: {},
  options: NO_OPTIONS,
  immutable: false,
})

test('a recipe gives a frozen copy and leaves the original', () => {
  const changed = update(task, (draft) => {
    draft.options = Object.freeze({ queue: 'q' })
  })
  expect(changed).toEqual({ ...task, options: { queue: 'q' } })
  expect(Object.isFrozen(changed)).toBe(true)
  expect(task.options).toBe(NO_OPTIONS)
})

test('a recipe that changes nothing gives the original', () => {
  expect(update(task, () => {})).toBe(task)
})

test('what an application sets on its own immer does not thaw our values', () => {
  setAutoFreeze(false)
  const changed = update(task, (draft) => {
    draft.options = Object.freeze({ queue: 'q' })
  })
  setAutoFreeze(true)
  expect(Object.isFrozen(changed)).toBe(true)
})

test('a canvas of any depth and width is changed at its top alone', () => {
  let deep: Node = task
  for (let level = 0; level < 100_000; level++) {
    deep = Object.freeze({
      kind: 'group',
      members: Object.freeze([deep]),
      options: NO_OPTIONS,
      immutable: false,
    })
  }
  const start = performance.now()
  for (let times = 0; times < 100; times++) {
    update(deep, (draft) => {
      draft.options = Object.freeze({ queue: 'q' })
    })
  }
  expect(performance.now() - start).toBeLessThan(500)
})
