import { LIMITS, WHOLE } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryNode } from '../../../test/support/arbitrary-node.ts'
import { App } from './app.ts'
import { chain } from './chain.ts'
import { chord } from './chord.ts'
import { group } from './group.ts'
import type { Node, TaskNode } from './node/node.ts'
import { type AnySignature, Signature } from './signature.ts'
import { signature } from './signature-of.ts'
import { validate } from './validate.ts'

const app = new App({ name: 'pages' })
const add = app.task('add', (a: number, b: number) => a + b)
const id = app.task('id', (value: unknown) => value)
app.task('square', (n: number) => n * n)
app.task('fetchPage', () => 'page')
const nobody = app.signature<unknown, unknown>('nobody')

describe('validate', () => {
  it('finds nothing wrong with what will work', () => {
    expect(
      validate(chord([add.s(1, 2), add.s(3, 4)], id.s(), { policy: { quorum: 2 } }).link(id.s())),
    ).toEqual([])
    expect(validate(add.chunks([[1, 2]], 1))).toEqual([])
    expect(validate(group([]))).toEqual([])
    expect(validate(group([id.s(new Map()), id.map([1n])]).set({ serializer: 'rich' }))).toEqual([])
    expect(validate(chain(id.s(1), add.si(1, 2), add.s(1).linkError(id.s())))).toEqual([])
    expect(validate(chain(id.s(1), group(id.s(2), id.s(3)).set({ immutable: true })))).toEqual([])
  })

  it('finds queues that there cannot be', () => {
    const strict = new App({ taskQueues: ['web'], taskCreateMissingQueues: false })
    const one = strict.task('one', () => 1)
    const canvas = group(one.s().set({ queue: 'web' }), one.s().set({ queue: 'wbe' }))
    expect(validate(canvas)).toMatchObject([{ code: 'queue-unknown', path: 'members[1].options.queue' }])
  })

  it('finds nothing wrong with chunks that are large together, but each small enough', () => {
    const half = 'x'.repeat(LIMITS.valueBytes / 2)
    const chunked = id.chunks([[half], [half], [half]], 1)
    expect(validate(chunked)).toEqual([])
    expect(chunked.toPlan(WHOLE).calls).toBe(3)
    expect(validate(id.chunks([[half], [half], [half]], 2))).toMatchObject([{ code: 'limit-exceeded' }])
  })

  it('finds both, where a call has too many arguments and one of them cannot travel', () => {
    const both = byName(1, () => 1)
    expect(validate(both).map(({ code, path }) => `${code} ${path}`)).toEqual([
      'arguments-wrong args',
      'value-not-json args[1]',
    ])
  })

  it('cuts a very long way to what is wrong in the middle', () => {
    let deep: AnySignature = nobody
    for (let i = 0; i < 5_000; i++) deep = group(deep)
    const [problem] = validate(deep)
    expect(problem?.path).toMatch(/^members\[0\]\.members\[0\].* … .*\.members\[0\]\.task$/)
    expect(problem?.path.length).toBeLessThan(300)
  })

  it.each<[string, AnySignature, string, string]>([
    ['a task nobody knows', nobody, 'task-unknown', 'task'],
    ['in a chain', chain(id.s(1), id.s(), nobody), 'task-unknown', 'steps[2].task'],
    [
      'in a group in a group',
      group(add.s(1, 2), group(nobody)),
      'task-unknown',
      'members[1].members[0].task',
    ],
    ['in a header', chord([add.s(1, 2), nobody], id.s()), 'task-unknown', 'header[1].task'],
    ['in a body', chord([add.s(1, 2)], nobody), 'task-unknown', 'body.task'],
    [
      'in a link of a link',
      id.s(1).link(id.s().link(nobody)),
      'task-unknown',
      'options.link[0].options.link[0].task',
    ],
    ['in an errback', id.s(1).linkError(id.s(), nobody), 'task-unknown', 'options.linkError[1].task'],
    [
      'an argument that is no JSON',
      group(id.s({ on: [() => 1] })),
      'value-not-json',
      'members[0].args[0].on[0]',
    ],
    ['a keyword argument that is no JSON', id.s().kw({ on: () => 1 }), 'value-not-json', 'kwargs.on'],
    ['an item of a map that is no JSON', id.map([1, () => 1]), 'value-not-json', 'items[1]'],
    ['too many arguments', group(id.s(1).kw({ a: 1 })), 'arguments-wrong', 'members[0].args'],
    ['too many after a step', chain(id.s(1), byName(1)), 'arguments-wrong', 'steps[1].args'],
    [
      'too many in a chain in a group after a step',
      chain(id.s(1), group(chain(byName(1), id.s()))),
      'arguments-wrong',
      'steps[1].members[0].steps[0].args',
    ],
    ['too many as a body', chord([id.s(1)], byName(1)), 'arguments-wrong', 'body.args'],
    ['too many as a link', id.s(1).link(byName(1)), 'arguments-wrong', 'options.link[0].args'],
    ['too many as an errback', id.s(1).linkError(byName(1)), 'arguments-wrong', 'options.linkError[0].args'],
    [
      'an item too many arguments',
      add.starmap([
        [1, 2],
        [1, 2, 3],
      ] as never),
      'arguments-wrong',
      'items[1]',
    ],
    [
      'an item that is no list of them',
      group(add.starmap([5] as never)),
      'arguments-wrong',
      'members[0].items[0]',
    ],
    [
      'an item of chunks',
      add.chunks(
        [
          [1, 2],
          [1, 2],
          [1, 2, 3],
        ] as never,
        2,
      ),
      'arguments-wrong',
      'items[2]',
    ],
    [
      'an item of chunks that is no JSON',
      add.chunks(
        [
          [1, 2],
          [1, 2],
          [1, () => 1],
        ] as never,
        2,
      ),
      'value-not-json',
      'items[2][1]',
    ],
    ['a map of what nobody knows', mapOf('nobody', [1]), 'task-unknown', 'task.task'],
    ['a map with arguments that are no JSON', mapOf('add', [1], [() => 1]), 'value-not-json', 'task.args[0]'],
    ['items that are too large', id.map(['x'.repeat(LIMITS.valueBytes)]), 'limit-exceeded', 'items'],
    ['too large an argument', id.s('x'.repeat(LIMITS.valueBytes)), 'limit-exceeded', 'args'],
    ['an id that cannot be', id.s(1).set({ taskId: 'a.b' }), 'id-invalid', 'options.taskId'],
    [
      'an id where there can be none',
      group(id.s(1).set({ taskId: 'x' })),
      'option-invalid',
      'members[0].options.taskId',
    ],
    [
      'a deadline where there can be none',
      group(id.s(1).set({ deadline: '1h' })),
      'option-invalid',
      'members[0].options.deadline',
    ],
    [
      'a key where there can be none',
      chain(id.s(1).set({ idempotencyKey: 'x' }), id.s()),
      'option-invalid',
      'steps[0].options.idempotencyKey',
    ],
    [
      'a serializer that nobody knows, said around a call',
      chain(id.si(1).set({ serializer: 'json' }), group([id.si(2)])).set({ serializer: 'sealed' }),
      'serializer-unknown',
      'steps[1].members[0].options.serializer',
    ],
    [
      'a value that only a serializer takes, in a link, which inherits none',
      id.s(new Map()).set({ serializer: 'rich' }).link(id.si(new Map())),
      'value-not-json',
      'options.link[0].args[0]',
    ],
  ])('%s', (_what, sig, code, path) => {
    expect(validate(sig)).toMatchObject([{ code, path }])
  })

  it('finds a quorum that can never be reached, as only JSON can say it', () => {
    const sig = chord([id.s(1)], id.s(), { policy: { quorum: 1 } })
    const json = JSON.parse(JSON.stringify(sig).replace('"quorum":1', '"quorum":3'))
    expect(validate(signature(json, app))).toMatchObject([
      { code: 'option-invalid', path: 'policy', message: expect.stringMatching(/quorum of 3 .* 1 member/) },
    ])
  })

  it('of a signature without an app looks at all but its tasks', () => {
    expect(validate(signature('nobody'))).toEqual([])
    expect(validate(signature('nobody', { args: [() => 1] }))).toMatchObject([{ code: 'value-not-json' }])
  })

  it('finds what sending would refuse, and only that, whatever is drawn', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryNode(), mapNode), fc.boolean(), (node, isPart) => {
        const sig = new Signature(
          isPart ? chain(byName(1), new Signature<unknown, unknown>(node, app)).node : node,
          app,
        )
        const found = validate(sig).flatMap(({ code }) => (code === 'task-unknown' ? [] : [code]))
        const refused = codeOf(() => sig.toPlan(WHOLE))
        if (refused !== null) expect(found).toContain(refused)
        // What chunks would do with items is a fault, also where there are none to send.
        else if (!JSON.stringify(node).includes('"items":[]')) expect(found).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })
})

/** Maps of a task that takes two, with items of all kinds, and now and then what cannot travel. */
const mapNode: fc.Arbitrary<Node> = fc
  .tuple(
    fc.constantFrom('map' as const, 'starmap' as const, 'chunks' as const),
    fc.array(
      fc.oneof(
        fc.array(
          fc.constantFrom(1, 'x', () => 1),
          { maxLength: 3 },
        ),
        fc.constantFrom(1, null),
      ),
    ),
    fc.array(
      fc.constantFrom(1, () => 1),
      { maxLength: 2 },
    ),
  )
  .map(([kind, items, args]): Node => {
    const task = { ...add.s().node, args } as TaskNode
    return kind === 'chunks'
      ? { kind, task, items, size: 2, options: {} }
      : { kind, task, items, options: {} }
  })

function mapOf(task: string, items: readonly unknown[], args: readonly unknown[] = []): AnySignature {
  const { node } = app.signature(task, { args })
  return new Signature({ kind: 'map', task: node as TaskNode, items, options: {} }, app)
}

/** A call of `id` that no compiler looks at. */
function byName(...args: readonly unknown[]): Signature<unknown, unknown> {
  return app.signature('id', { args })
}

function codeOf(deed: () => unknown): string | null {
  try {
    deed()
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}
