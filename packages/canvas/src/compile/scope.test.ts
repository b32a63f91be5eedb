import type { CallOptions } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import { NO_KWARGS } from '../node/capture.ts'
import { NO_OPTIONS, type Node, type NodeOptions, type TaskNode } from '../node/node.ts'
import { AFTER_ALL, callOptions, following, OUTERMOST, placementOf, type Scope, within } from './scope.ts'

const NOW = Date.UTC(2030, 0, 1)

describe('what a step inherits', () => {
  it('is all that is said around it, unless it says its own', () => {
    const outer = scopeOf({ queue: 'low', priority: 9, timeLimit: 5 })
    expect(optionsIn(outer, { priority: 1, ignoreResult: true })).toEqual({
      ...{ queue: 'low', priority: 1, timeLimit: 5, ignoreResult: true },
    })
  })

  it('adds up headers and stamps, name by name; the inner ones win', () => {
    const outer = scopeOf({ headers: { a: 1, b: 1 }, stamps: { x: 1, y: 1 } })
    expect(optionsIn(outer, { headers: { b: 2 }, stamps: { y: 2, z: 2 } })).toEqual({
      headers: { a: 1, b: 2 },
      stamps: { x: 1, y: 2, z: 2 },
    })
    expect(optionsIn(outer, { queue: 'q' })).toEqual({
      ...{ queue: 'q', headers: { a: 1, b: 1 }, stamps: { x: 1, y: 1 } },
    })
  })

  it('stands above the task’s own options, which come last of all', () => {
    const defaults: CallOptions = { queue: 'task', priority: 3, ignoreResult: true }
    expect(callOptions(defaults, scopeOf({ queue: 'low' }))).toEqual({
      queue: 'low',
      priority: 3,
      ignoreResult: true,
    })
    expect(callOptions(defaults, OUTERMOST)).toBe(defaults)
  })
})

describe('how a canvas starts', () => {
  it('is for its entry: what follows starts when its turn comes', () => {
    const outer = scopeOf({ countdown: 5_000, queue: 'low' })
    expect(callOptions({}, outer)).toEqual({ queue: 'low', countdown: 5_000 })
    expect(callOptions({}, following(outer))).toEqual({ queue: 'low' })
  })

  it('is said by the outermost that says it', () => {
    const outer = scopeOf({ countdown: 5_000 })
    expect(callOptions({}, within(outer, task({ countdown: 1 }), NOW))).toEqual({ countdown: 5_000 })
    expect(callOptions({}, within(outer, task({ eta: new Date(NOW).toISOString() }), NOW))).toEqual({
      countdown: 5_000,
    })
  })

  it('is the step’s own matter where nobody around it says anything', () => {
    const own = within(following(scopeOf({ countdown: 5_000 })), task({ countdown: 7 }), NOW)
    expect(callOptions({}, own)).toEqual({ countdown: 7 })
  })

  it('is a moment as milliseconds', () => {
    expect(callOptions({}, scopeOf({ eta: '2030-01-01T00:00:01.000Z' }))).toEqual({ eta: NOW + 1_000 })
  })
})

describe('who drops the value of the step before', () => {
  it('is the entry of what is immutable, and nobody after it', () => {
    const outer = within(OUTERMOST, { ...task({}), immutable: true }, NOW)
    expect([outer.immutable, within(outer, task({}), NOW).immutable, following(outer).immutable]).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('who is given the value before', () => {
  it('is whatever follows something: a later step, a link, an errback', () => {
    const inner = (scope: Scope) => within(scope, task({}), NOW).follows
    expect([inner(OUTERMOST), inner(following(OUTERMOST)), inner(AFTER_ALL)]).toEqual([false, true, true])
  })
})

describe('placement', () => {
  it('is what each step takes: not the start, the id, the links and what is foreign', () => {
    const options: NodeOptions = {
      ...{ queue: 'low', shadow: 's', countdown: 1, eta: '2030-01-01T00:00:00.000Z', taskId: 'x' },
      ...{ deadline: 1, link: [task({})], linkError: [task({})], foreign: { routing_key: 'k' } },
    }
    expect(placementOf(options, NOW)).toEqual({ queue: 'low', shadow: 's' })
  })

  it('is nothing where nothing is said', () => {
    expect(placementOf(NO_OPTIONS, NOW)).toBeNull()
    expect(placementOf({ countdown: 1 }, NOW)).toBeNull()
  })

  it('expires at a moment: so long from now, or when it says', () => {
    expect(placementOf({ expires: 60_000 }, NOW)).toEqual({ expires: NOW + 60_000 })
    expect(placementOf({ expires: '2030-01-01T00:00:01.000Z' }, NOW)).toEqual({ expires: NOW + 1_000 })
  })
})

it('around everything nothing is said, and nobody can change that', () => {
  expect(OUTERMOST).toEqual({
    ...{ options: {}, start: {}, immutable: false, follows: false, errback: [], errbackBytes: 0 },
  })
  expect(
    Object.values(OUTERMOST)
      .filter((value) => typeof value === 'object')
      .every(Object.isFrozen),
  ).toBe(true)
})

it('errbacks are handed on, not gathered: the compiler adds a scope’s own', () => {
  const errback = [[]]
  expect(within({ ...OUTERMOST, errback }, task({ linkError: [task({})] }), NOW).errback).toBe(errback)
})

function task(options: NodeOptions): TaskNode {
  return { kind: 'task', task: 't', args: [], kwargs: NO_KWARGS, options, immutable: false }
}

function scopeOf(options: NodeOptions): Scope {
  return within(OUTERMOST, task(options), NOW)
}

function optionsIn(outer: Scope, options: NodeOptions): CallOptions {
  const node: Node = task(options)
  return callOptions({}, within(outer, node, NOW))
}
