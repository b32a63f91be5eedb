import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryJson, arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { chain, group, task } from '../../../../test/support/nodes.ts'
import type { ChainNode, GroupNode, Node } from '../node/node.ts'
import { fromCelery, stringify, toCelery } from './json.ts'
import { writeJson } from './stringify.ts'

const signature = (name: string, more: object = {}): object => ({
  ...{ task: name, args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false },
  ...more,
})

const a = task('a')
const b = task('b')
const SIG_A = '{"task":"a","args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}'
const SIG_B = '{"task":"b","args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}'

describe('every form that Celery writes reads as a node, and the node writes the same text', () => {
  const forms: readonly (readonly [string, Node, string])[] = [
    [
      'a task',
      task('t.add', [1, 2], { kwargs: { z: 3 } }),
      '{"task":"t.add","args":[1,2],"kwargs":{"z":3},"options":{},"subtask_type":null,"immutable":false}',
    ],
    [
      'an immutable task with options',
      task('t.add', [1, 2], { options: { countdown: 5_000, queue: 'q' }, immutable: true }),
      '{"task":"t.add","args":[1,2],"kwargs":{},"options":{"countdown":5,"queue":"q"},"subtask_type":null,"immutable":true}',
    ],
    [
      'links and errbacks',
      task('t.add', [], { options: { link: [a], linkError: [b] } }),
      `{"task":"t.add","args":[],"kwargs":{},"options":{"link":[${SIG_A}],"link_error":[${SIG_B}]},"subtask_type":null,"immutable":false}`,
    ],
    [
      'a chain',
      chain([a, b]),
      `{"task":"celery.chain","args":[],"kwargs":{"tasks":[${SIG_A},${SIG_B}]},"options":{},"subtask_type":"chain","immutable":false}`,
    ],
    [
      'a group',
      group([a, b]),
      `{"task":"celery.group","args":[],"kwargs":{"tasks":[${SIG_A},${SIG_B}]},"options":{},"subtask_type":"group","immutable":false}`,
    ],
    [
      'an empty group',
      group([]),
      '{"task":"celery.group","args":[],"kwargs":{"tasks":[]},"options":{},"subtask_type":"group","immutable":false}',
    ],
    [
      'a chord',
      { kind: 'chord', header: [a, b], body: a, policy: 'all', options: {}, immutable: false },
      `{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},"header":[${SIG_A},${SIG_B}],"body":${SIG_A}},"options":{},"subtask_type":"chord","immutable":false}`,
    ],
    [
      'a map',
      { kind: 'map', task: a, items: [1, 2], options: {} },
      `{"task":"celery.map","args":[],"kwargs":{"task":${SIG_A},"it":[1,2]},"options":{},"subtask_type":null,"immutable":true}`,
    ],
    [
      'a starmap',
      {
        kind: 'starmap',
        task: a,
        items: [
          [1, 2],
          [3, 4],
        ],
        options: {},
      },
      `{"task":"celery.starmap","args":[],"kwargs":{"task":${SIG_A},"it":[[1,2],[3,4]]},"options":{},"subtask_type":null,"immutable":true}`,
    ],
    [
      'chunks',
      {
        kind: 'chunks',
        task: a,
        items: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        size: 2,
        options: {},
      },
      `{"task":"celery.chunks","args":[],"kwargs":{"task":${SIG_A},"it":[[1,2],[3,4],[5,6]],"n":2},"options":{},"subtask_type":null,"immutable":true}`,
    ],
    [
      'a chord with a policy',
      { kind: 'chord', header: [], body: a, policy: { quorum: 3 }, options: {}, immutable: false },
      `{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},"header":[],"body":${SIG_A}},"options":{"policy":{"quorum":3}},"subtask_type":"chord","immutable":false}`,
    ],
    [
      'every option',
      task('a', [], {
        options: {
          queue: 'low',
          priority: 3,
          expires: 1_500,
          timeLimit: 60_000,
          softTimeLimit: 250,
          ignoreResult: true,
          retries: 2,
          serializer: 'rich',
          compression: 'gzip',
          shadow: 'alias',
          headers: { x: [1] },
          countdown: 1,
          eta: '2030-01-31T12:00:00.000Z',
          taskId: 'id',
          deadline: 90_000,
          idempotencyKey: 'key',
          stamps: { tenant: 7, shard: 'b' },
          foreign: { routing_key: 'r', retry_policy: { max_retries: 3 } },
        },
      }),
      '{"task":"a","args":[],"kwargs":{},"options":{"queue":"low","priority":3,"expires":1.5,"time_limit":60,"soft_time_limit":0.25,"ignore_result":true,"retries":2,"serializer":"rich","compression":"gzip","shadow":"alias","headers":{"x":[1]},"countdown":0.001,"eta":"2030-01-31T12:00:00.000Z","task_id":"id","deadline":90,"idempotency_key":"key","tenant":7,"shard":"b","stamped_headers":["tenant","shard"],"routing_key":"r","retry_policy":{"max_retries":3}},"subtask_type":null,"immutable":false}',
    ],
  ]

  test.each(forms)('%s', (_, node, text) => {
    expect(stringify(node)).toBe(text)
    expect(JSON.stringify(toCelery(node))).toBe(text)
    expect(fromCelery(text)).toStrictEqual(node)
    expect(fromCelery(JSON.parse(text))).toStrictEqual(node)
    expect(stringify(fromCelery(text))).toBe(text)
  })
})

describe('options of Celery that mean something else there', () => {
  test.each(['bzip2', 'application/x-gzip', 5])(
    'a compression by %o is kept, and written back',
    (compression) => {
      const json = signature('a', { options: { compression } })
      expect(fromCelery(json)).toStrictEqual(task('a', [], { options: { foreign: { compression } } }))
      expect(JSON.parse(stringify(fromCelery(json)))).toEqual(json)
    },
  )

  test.each<[object, RegExp]>([
    [{ retries: -1 }, /options\.retries is the number -1, expected a whole number from 0/],
    [{ retries: 'two' }, /options\.retries is .*, expected a number/],
    [{ serializer: '' }, /options\.serializer is an empty text/],
    [{ idempotency_key: 7 }, /options\.idempotency_key is/],
  ])('%o is refused', (options, message) => {
    expect(() => fromCelery(signature('a', { options }))).toThrow(message)
  })
})

describe('any canvas', () => {
  test('is itself again after a round trip through JSON', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        expect(fromCelery(stringify(node))).toStrictEqual(node)
        expect(fromCelery(toCelery(node))).toStrictEqual(node)
      }),
      { numRuns: 500 },
    )
  })

  test('is written as JSON.stringify writes it, with or without the help of the engine', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        const text = JSON.stringify(toCelery(node))
        expect(stringify(node)).toBe(text)
        expect(writeJson(toCelery(node))).toBe(text)
      }),
    )
  })

  test('is frozen all through when it was read', () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen))
    fc.assert(fc.property(arbitraryNode(), (node) => isFrozen(fromCelery(stringify(node)))))
  })
})

describe('the writer without recursion', () => {
  test('agrees with JSON.stringify on whatever an argument may be', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withBoxedValues: true,
      withSparseArray: true,
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(anything, arbitraryJson())), (values) => {
        expect(writeJson(values)).toBe(JSON.stringify(values))
      }),
    )
    const odd = [
      () => 1,
      Symbol('x'),
      { f: () => 1, toJSON: (key: string) => `key ${key}` },
      new Date(0),
      [undefined],
    ]
    expect(writeJson({ odd, f: () => 1 })).toBe(JSON.stringify({ odd, f: () => 1 }))
  })

  test('refuses a cycle as JSON.stringify does', () => {
    const cycle: unknown[] = []
    cycle.push({ cycle })
    expect(() => writeJson(cycle)).toThrow(TypeError)
    expect(() => stringify(task('a', [cycle]))).toThrow(TypeError)
  })
})

describe('what Celery may write in another way', () => {
  test('a chord whose header is a whole group is the same chord', () => {
    const header = signature('celery.group', { subtask_type: 'group', kwargs: { tasks: [signature('a')] } })
    const node = fromCelery(
      signature('celery.chord', { subtask_type: 'chord', kwargs: { header, body: signature('b') } }),
    )
    expect(node).toStrictEqual({
      kind: 'chord',
      header: [a],
      body: b,
      policy: 'all',
      options: {},
      immutable: false,
    })
  })

  test('options on that group are kept, by a chain of the group and the body', () => {
    const options = { queue: 'low', task_id: 'gid' }
    const header = signature('celery.group', {
      subtask_type: 'group',
      kwargs: { tasks: [signature('a')] },
      options,
    })
    const chord = {
      subtask_type: 'chord',
      kwargs: { header, body: signature('b') },
      options: { policy: 'all' },
    }
    const node = fromCelery(signature('celery.chord', chord))
    expect(node).toStrictEqual(chain([group([a], { queue: 'low', taskId: 'gid' }), b]))
  })

  test('what is missing or null has its default', () => {
    expect(fromCelery({ task: 'a' })).toStrictEqual(a)
    expect(fromCelery({ task: 'a', args: null, kwargs: null, options: null, immutable: null })).toStrictEqual(
      a,
    )
    expect(fromCelery({ task: 'a', options: { countdown: null, link: null } })).toStrictEqual(a)
    expect(fromCelery({ task: 'celery.group', kwargs: { tasks: [{ task: 'a' }] } })).toStrictEqual(group([a]))
    expect(fromCelery({ task: 'a', chord_size: null })).toStrictEqual(a)
  })

  test('one link is a list of one', () => {
    expect(fromCelery({ task: 'a', options: { link: { task: 'b' } } })).toStrictEqual(
      task('a', [], { options: { link: [b] } }),
    )
  })

  test('an eta without a zone is UTC, and one with a zone the same moment', () => {
    const eta = (text: string): unknown => fromCelery({ task: 'a', options: { eta: text } }).options.eta
    expect(eta('2030-01-31T12:00:00')).toBe('2030-01-31T12:00:00.000Z')
    expect(eta('2030-01-31T12:00:00.123456+02:00')).toBe('2030-01-31T10:00:00.123Z')
  })

  test('an immutable canvas stays immutable', () => {
    const node = fromCelery({ task: 'celery.chain', kwargs: { tasks: [{ task: 'a' }] }, immutable: true })
    expect(node).toStrictEqual({ ...chain([a]), immutable: true })
  })
})

describe('size is no obstacle', () => {
  const leaf = task('square', [1])

  test('a chain of 100,000 steps and a group of 1,000,000 members', { timeout: 60_000 }, () => {
    const long = chain(Array.from({ length: 100_000 }, () => leaf))
    const wide = group(Array.from({ length: 1_000_000 }, () => leaf))
    expect((fromCelery(stringify(long)) as ChainNode).steps).toHaveLength(100_000)
    expect((fromCelery(toCelery(wide)) as GroupNode).members).toHaveLength(1_000_000)
    expect(stringify(wide).length).toBeGreaterThan(90_000_000)
  })

  test('10,000 levels of chains, groups, chords and links', { timeout: 60_000 }, () => {
    let deep: Node = leaf
    for (let level = 0; level < 10_000; level++) {
      if (level % 4 === 0) deep = chain([leaf, deep])
      else if (level % 4 === 1) deep = group([deep, leaf])
      else if (level % 4 === 2) deep = task('a', [], { options: { link: [deep] } })
      else deep = { kind: 'chord', header: [leaf], body: deep, policy: 'all', options: {}, immutable: false }
    }
    const text = stringify(deep)
    expect(() => JSON.stringify(toCelery(deep))).toThrow(RangeError)
    expect(stringify(fromCelery(text))).toBe(text)
  })

  test('a node that occurs in many places is written once for all', () => {
    let doubled: Node = leaf
    for (let level = 0; level < 60; level++) doubled = group([doubled, doubled])
    expect(toCelery(doubled).task).toBe('celery.group')
  })
})
