import { MAX_VALUE_DEPTH } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { task } from '../../../../test/support/nodes.ts'
import { fromCelery, JSON_LIMITS } from './json.ts'

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
