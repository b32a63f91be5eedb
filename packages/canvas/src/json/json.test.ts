import { MAX_VALUE_DEPTH } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryJson, arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { chain, group, task } from '../../../../test/support/nodes.ts'
import type { ChainNode, GroupNode, Node } from '../node/node.ts'
import { fromCelery, JSON_LIMITS, stringify, toCelery } from './json.ts'
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

describe('JSON that is no signature is refused with the way to it', () => {
  const inChain = (...tasks: unknown[]): object => ({
    task: 'celery.chain',
    subtask_type: 'chain',
    kwargs: { tasks },
  })
  const refusals: readonly (readonly [unknown, string])[] = [
    [7, '$ is 7, expected a signature, as an object'],
    ['"x"', '$ is the text "x", expected a signature'],
    ['{oops', 'the text is not JSON'],
    [null, '$ is null, expected a signature'],
    [[], '$ is an empty list, expected a signature'],
    [{}, '$.task is missing, expected a text'],
    [{ task: '' }, '$.task is an empty text, expected the name of a task'],
    [{ task: 'a', arg: [] }, '$.arg is unknown here, expected only task, args'],
    [{ task: 'a', args: {} }, '$.args is an object, expected a list'],
    [{ task: 'a', kwargs: [1] }, '$.kwargs is a list of 1, expected an object'],
    [{ task: 'a', options: 'x' }, '$.options is the text "x", expected an object'],
    [{ task: 'a', immutable: 1 }, '$.immutable is 1, expected true or false'],
    [
      { task: 'a', subtask_type: 'xmap' },
      '$.subtask_type is the text "xmap", expected "chain", "group", "chord" or null',
    ],
    [
      { task: 'a', subtask_type: 'chain' },
      '$.task is "a", expected "celery.chain", as the subtask_type says',
    ],
    [{ task: 'a', args: [1, { f: () => 1 }] }, '$.args[1].f is no JSON (a function cannot travel as JSON)'],
    [
      { task: 'a', options: { countdown: -1 } },
      '$.options.countdown is the number -1, expected seconds, not negative',
    ],
    [{ task: 'a', options: { countdown: '5' } }, '$.options.countdown is the text "5", expected a number'],
    [{ task: 'a', options: { eta: 'soon' } }, '$.options.eta is the text "soon", expected an ISO moment'],
    [{ task: 'a', options: { headers: [] } }, '$.options.headers is an empty list, expected an object'],
    [
      { task: 'a', options: { stamped_headers: ['queue'], queue: 'q' } },
      '$.options.stamped_headers[0] is the stamp name "queue"',
    ],
    [
      inChain({ task: 'a' }, { task: 'b', options: { link: [{ task: 7 }] } }),
      '$.kwargs.tasks[1].options.link[0].task is 7',
    ],
    [inChain(7), '$.kwargs.tasks[0] is 7'],
    [{ task: 'celery.chain' }, '$.kwargs.tasks is missing, expected a list'],
    [{ task: 'celery.group', args: [1], kwargs: { tasks: [] } }, '$.args[0] is an argument of a canvas'],
    [
      { task: 'celery.group', kwargs: { tasks: [], x: 1 } },
      '$.kwargs.x is unknown here, expected only tasks',
    ],
    [{ task: 'celery.chord', kwargs: { header: [] } }, '$.kwargs.body is missing, expected a signature'],
    [
      { task: 'celery.chord', kwargs: { header: { task: 'a' }, body: { task: 'b' } } },
      '$.kwargs.header is another signature',
    ],
    [
      { task: 'celery.chord', kwargs: { kwargs: { x: 1 }, header: [], body: { task: 'b' } } },
      '$.kwargs.kwargs.x is an argument',
    ],
    [
      { task: 'celery.chord', kwargs: { header: [], body: { task: 'b' } }, options: { policy: 'some' } },
      '$.options.policy is the text "some"',
    ],
    [
      {
        task: 'celery.chord',
        kwargs: { header: [], body: { task: 'b' } },
        options: { policy: { quorum: 0 } },
      },
      '$.options.policy.quorum is 0',
    ],
    [
      { task: 'celery.map', kwargs: { task: inChain({ task: 'a' }), it: [] } },
      '$.kwargs.task is a chain, expected one task',
    ],
    [{ task: 'celery.map', kwargs: { task: { task: 'a' }, it: 3 } }, '$.kwargs.it is 3, expected a list'],
    [
      { task: 'celery.chunks', kwargs: { task: { task: 'a' }, it: [] } },
      '$.kwargs.n is missing, expected a number',
    ],
  ]

  test.each(refusals)('%j', (value, message) => {
    expect(() => fromCelery(value)).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
    expect(() => fromCelery(value)).toThrow(message)
  })

  test('an empty chain has its own code', () => {
    expect(() => fromCelery(inChain())).toThrow(expect.objectContaining({ code: 'chain-empty' }))
    expect(() => fromCelery(inChain())).toThrow('$.kwargs.tasks is an empty list')
  })

  test('whatever the JSON, the answer is a node or a coded error', () => {
    const word = fc.constantFrom(
      'task',
      'args',
      'kwargs',
      'options',
      'subtask_type',
      'tasks',
      'link',
      'header',
      'body',
    )
    const value = fc.constantFrom<unknown>(
      'a',
      'celery.chain',
      'celery.chord',
      'chain',
      'celery.map',
      null,
      1,
      true,
      [],
    )
    const { hostile } = fc.letrec((tie) => ({
      hostile: fc.oneof(
        { maxDepth: 5 },
        value,
        fc.dictionary(word, tie('hostile'), { maxKeys: 6 }),
        fc.array(tie('hostile'), { maxLength: 3 }),
      ),
    }))
    fc.assert(
      fc.property(hostile as fc.Arbitrary<unknown>, (json) => {
        try {
          expect(fromCelery(JSON.stringify(json))).toHaveProperty('kind')
        } catch (error) {
          expect(error).toHaveProperty('code')
        }
      }),
    )
  })
})

describe('hostile JSON', () => {
  test.each([
    '{"task":"a","kwargs":{"__proto__":{"polluted":1}}}',
    '{"task":"a","args":[{"__proto__":{"polluted":1}}]}',
    '{"task":"a","options":{"__proto__":{"queue":"q"}}}',
    '{"task":"a","options":{"headers":{"__proto__":{}}}}',
    '{"task":"a","options":{"stamped_headers":["__proto__"],"__proto__":1}}',
    '{"task":"a","__proto__":{"kwargs":{}}}',
    '{"__proto__":{"task":"a"}}',
  ])('cannot reach a prototype: %s', (text) => {
    expect(() => fromCelery(text)).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('keys named like parts of every object are keys like others', () => {
    const text = '{"task":"constructor","kwargs":{"constructor":1,"toString":2},"options":{"valueOf":3}}'
    expect(fromCelery(text)).toStrictEqual(
      task('constructor', [], {
        kwargs: { constructor: 1, toString: 2 },
        options: { foreign: { valueOf: 3 } },
      }),
    )
  })

  test('that is cyclic or nested too deep is refused', () => {
    const cycle = { task: 'celery.group', kwargs: { tasks: [] as unknown[] } }
    cycle.kwargs.tasks.push(cycle, cycle)
    expect(() => fromCelery(cycle)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
    const list = '['.repeat(MAX_VALUE_DEPTH + 2) + ']'.repeat(MAX_VALUE_DEPTH + 2)
    expect(() => fromCelery(`{"task":"a","args":${list}}`)).toThrow(
      `nested deeper than ${MAX_VALUE_DEPTH} levels`,
    )
  })

  test('of more characters than a signature may have is refused unread', () => {
    const text = ' '.repeat(JSON_LIMITS.textCharacters + 1)
    expect(() => fromCelery(text)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
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
