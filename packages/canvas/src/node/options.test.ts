import { expect, test } from 'vitest'
import { NO_KWARGS } from './capture.ts'
import { NO_OPTIONS, type NodeOptions, type TaskNode } from './node.ts'
import type { LaunchOptions } from './options.ts'
import { withOptions } from './with-options.ts'

const add: TaskNode = task('add')
const [done, failed] = [{ node: task('done') }, { node: task('failed') }]

test('durations become milliseconds and moments ISO texts', () => {
  expect(optionsOf({ countdown: '10s', timeLimit: 500, softTimeLimit: '0.5s' })).toEqual({
    countdown: 10_000,
    timeLimit: 500,
    softTimeLimit: 500,
  })
  expect(optionsOf({ eta: new Date(0) })).toEqual({ eta: '1970-01-01T00:00:00.000Z' })
  expect(optionsOf({ eta: '2030-01-31T12:00:00+01:00' })).toEqual({ eta: '2030-01-31T11:00:00.000Z' })
})

test.each(['expires', 'deadline'] as const)('%s is a duration or a moment', (name) => {
  expect(optionsOf({ [name]: '5m' })).toEqual({ [name]: 300_000 })
  expect(optionsOf({ [name]: 1_000 })).toEqual({ [name]: 1_000 })
  expect(optionsOf({ [name]: '2030-01-01T00:00:00Z' })).toEqual({ [name]: '2030-01-01T00:00:00.000Z' })
  expect(optionsOf({ [name]: new Date(1) })).toEqual({ [name]: '1970-01-01T00:00:00.001Z' })
})

test('the rest is kept as it is given', () => {
  const options = {
    queue: 'low',
    priority: 9,
    taskId: 'x',
    headers: { a: [1] },
    stamps: { tenant: 7 },
    ignoreResult: false,
    shadow: 's',
  }
  expect(optionsOf(options)).toEqual(options)
})

test('undefined and null say nothing, and never unset', () => {
  const queued = withOptions(add, { queue: 'q' })
  expect(withOptions(queued, { queue: undefined })).toBe(queued)
  expect(withOptions(queued, JSON.parse('{"queue": null, "immutable": null}'))).toBe(queued)
})

test('newer options win; links, errbacks and stamps add up', () => {
  const once = withOptions(add, { queue: 'a', stamps: { x: 1, y: 1 }, link: done })
  const twice = withOptions(once, { queue: 'b', stamps: { y: 2 }, link: failed, linkError: failed })
  expect(twice.options).toEqual({
    queue: 'b',
    stamps: { x: 1, y: 2 },
    link: [done.node, failed.node],
    linkError: [failed.node],
  })
  expect(once.options).toMatchObject({ queue: 'a', stamps: { x: 1, y: 1 } })
})

test('nothing linked changes nothing', () => {
  expect(withOptions(add, { link: [], linkError: [] })).toBe(add)
})

test('an equal callback is linked once', () => {
  const again = { node: task('done') }
  expect(optionsOf({ link: [done, again, done] }).link).toEqual([done.node])
  expect(withOptions(withOptions(add, { link: done }), { link: again }).options.link).toEqual([done.node])
})

test('as many different callbacks as anybody likes are linked, one by one or all at once', () => {
  const callbacks = Array.from({ length: 10_000 }, (_, i) => ({ node: { ...task('done'), args: [i] } }))
  const nodes = callbacks.map(({ node }) => node)
  expect(optionsOf({ link: [...callbacks, ...callbacks], linkError: callbacks })).toEqual({
    link: nodes,
    linkError: nodes,
  })
  let grown = add
  for (const link of callbacks) grown = withOptions(grown, { link }) as TaskNode
  expect(grown.options.link).toEqual(nodes)
})

test('a list of callbacks that several others grow out of stays as it is', () => {
  const callback = (i: number) => ({ node: { ...task('done'), args: [i] } })
  const twenty = Array.from({ length: 20 }, (_, i) => callback(i))
  const base = withOptions(add, { link: twenty })
  const [left, right] = [withOptions(base, { link: callback(20) }), withOptions(base, { link: callback(21) })]
  expect([base, left, right].map(({ options }) => options.link?.length)).toEqual([20, 21, 21])
  expect(withOptions(left, { link: callback(21) }).options.link).toHaveLength(22)
  expect(withOptions(right, { link: callback(21) }).options.link).toEqual(right.options.link)
})

test('a canvas starts once: the newer of countdown and eta replaces the older', () => {
  const later = withOptions(add, { countdown: '1s' })
  expect(withOptions(later, { eta: new Date(0) }).options).toEqual({ eta: '1970-01-01T00:00:00.000Z' })
  expect(withOptions(withOptions(add, { eta: new Date(0) }), { countdown: 5 }).options).toEqual({
    countdown: 5,
  })
  expect(() => optionsOf({ countdown: 5, eta: new Date(0) })).toThrow(/both countdown and eta/)
})

test.each([
  ['linkErrors', 'Did you mean linkError?'],
  ['link_error', 'Its word here is linkError.'],
  ['prority', 'Did you mean priority?'],
  ['task_id', 'Its word here is taskId.'],
  ['jobId', 'Its word here is taskId: '],
  ['Queue', 'Did you mean queue?'],
])('the unknown option %s is refused, and answered with the one that was meant', (wrong, says) => {
  expect(() => optionsOf({ [wrong]: 1 })).toThrow(
    expect.objectContaining({
      code: 'option-invalid',
      message: expect.stringContaining(says),
    }),
  )
})

test('an option like no other is answered with the list', () => {
  expect(() => optionsOf({ routingSlip: 1 } as LaunchOptions)).toThrow(/The options are queue, priority, /)
  expect(() => optionsOf(JSON.parse('{"constructor": 1}'))).toThrow(/no option "constructor"/)
})

test.each<[string, unknown, string]>([
  ['priority', 10, 'option-invalid'],
  ['priority', 1.5, 'option-invalid'],
  ['priority', '1', 'option-invalid'],
  ['queue', '', 'option-invalid'],
  ['queue', 7, 'option-invalid'],
  ['taskId', 'x'.repeat(201), 'option-invalid'],
  ['ignoreResult', 'yes', 'option-invalid'],
  ['headers', ['a'], 'option-invalid'],
  ['headers', { a: () => 1 }, 'value-not-json'],
  ['stamps', { a: Number.NaN }, 'value-not-json'],
  ['link', 'done', 'option-invalid'],
  ['link', [{}], 'option-invalid'],
  ['countdown', -1, 'duration-invalid'],
  ['timeLimit', '5 minutes', 'duration-invalid'],
  ['expires', '5w', 'duration-invalid'],
  ['expires', 'tomorrow', 'moment-invalid'],
  ['deadline', 'tomorrow', 'moment-invalid'],
  ['deadline', -1, 'duration-invalid'],
  ['eta', 'soon', 'moment-invalid'],
  ['eta', new Date(Number.NaN), 'moment-invalid'],
])('%s cannot be %o', (name, value, code) => {
  expect(() => optionsOf({ [name]: value })).toThrow(expect.objectContaining({ code }))
})

test.each([...['queue', 'task_id', 'link_error', 'policy', 'stamped_headers']])(
  'a stamp cannot be named %s: its JSON form could not be read back',
  (name) => {
    expect(() => optionsOf({ stamps: { tenant: 7, [name]: 1 } })).toThrow(
      expect.objectContaining({
        code: 'option-invalid',
        message: `The option stamps of add cannot have the name "${name}": Celery keeps stamps among the options, where this name is taken. Give the stamp another name.`,
      }),
    )
  },
)

test('a stamp cannot take the name of an option that came with the JSON', () => {
  const read = { ...add, options: { foreign: { routing_key: 'k' } } }
  expect(withOptions(read, { stamps: { tenant: 7 } }).options).toMatchObject({ stamps: { tenant: 7 } })
  expect(() => withOptions(read, { stamps: { routing_key: 'x' } })).toThrow(
    /cannot have the name "routing_key"/,
  )
})

test.each<[unknown, string]>([
  [[], 'an empty list'],
  [{}, 'an object'],
  [() => 1, 'a function'],
  ['x'.repeat(10_000), '"xxx'],
])('an error shows what was given: %o', (priority, words) => {
  const { message } = thrownBy(() => optionsOf({ priority } as LaunchOptions))
  expect(message).toContain(`The option priority of add cannot be ${words}`)
  expect(message.length).toBeLessThan(250)
})

test('an error says whose option it is', () => {
  expect(() => optionsOf({ priority: 11 })).toThrow(/The option priority of add cannot be 11/)
})

test('what was set is frozen, and apart from what the caller holds', () => {
  const headers = { trace: { id: 1 } }
  const { options } = withOptions(add, { headers, link: [done] })
  headers.trace.id = 2
  expect(options.headers).toEqual({ trace: { id: 1 } })
  expect([options, options.headers, options.link].every(Object.isFrozen)).toBe(true)
})

function optionsOf(options: LaunchOptions): NodeOptions {
  return withOptions(add, options).options
}

function task(name: string): TaskNode {
  return Object.freeze({
    kind: 'task',
    task: name,
    args: [],
    kwargs: NO_KWARGS,
    options: NO_OPTIONS,
    immutable: false,
  })
}

function thrownBy(deed: () => unknown): Error {
  try {
    deed()
  } catch (error) {
    return error as Error
  }
  throw new Error('it threw nothing')
}
