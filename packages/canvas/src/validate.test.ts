import { LIMITS, WHOLE } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryNode } from '../../../test/support/arbitrary-node.ts'
import { App } from './app.ts'
import { chain } from './chain.ts'
import { chord } from './chord.ts'
import { group } from './group.ts'
import { type AnySignature, Signature } from './signature.ts'
import { signature } from './signature-of.ts'
import { validate } from './validate.ts'

const app = new App({ name: 'pages' })
const add = app.task('add', (a: number, b: number) => a + b)
const id = app.task('id', (value: unknown) => value)
const nobody = app.signature<unknown, unknown>('nobody')

describe('validate', () => {
  it('finds nothing wrong with what will work', () => {
    expect(
      validate(chord([add.s(1, 2), add.s(3, 4)], id.s(), { policy: { quorum: 2 } }).link(id.s())),
    ).toEqual([])
    expect(validate(add.chunks([[1, 2]], 1))).toEqual([])
    expect(validate(group([]))).toEqual([])
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
    ['too large an argument', id.s('x'.repeat(LIMITS.valueBytes)), 'limit-exceeded', 'args'],
    ['an id that cannot be', id.s(1).set({ taskId: 'a.b' }), 'id-invalid', 'options.taskId'],
    [
      'an id where there can be none',
      group(id.s(1).set({ taskId: 'x' })),
      'option-invalid',
      'members[0].options.taskId',
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

  it('finds what sending would refuse, whatever is drawn', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        const sig = new Signature(node, app)
        let refused: unknown = null
        try {
          sig.toPlan(WHOLE)
        } catch (error) {
          refused = error
        }
        if (refused === null) return
        expect(validate(sig).map(({ code }) => code)).toContain((refused as { code: string }).code)
      }),
    )
  })
})
