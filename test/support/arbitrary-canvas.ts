import fc from 'fast-check'
import { drawText } from '../../packages/canvas/src/draw/text.ts'
import type { ChordPolicy, Node, NodeOptions, TaskNode } from '../../packages/canvas/src/node/node.ts'
import { interpret } from './reference.ts'
import type { Act, Table } from './task-table.ts'

/** A drawing, and what each of its calls does. */
export interface Canvas {
  readonly node: Node
  readonly table: Table
}

/**
 * Any canvas over the task table: calls of every act, chains, groups of none, one and more, chords of every policy, maps,
 * starmaps and chunks, in any nesting, with links, errbacks and countdowns on every level.
 */
export function arbitraryCanvas(maxDepth = 5, maxWidth = 3): fc.Arbitrary<Canvas> {
  return arbitraryDraft(maxDepth, maxWidth).map(finish)
}

/** A canvas in which acts stand in the places of labels. */
function arbitraryDraft(levels: number, maxLength: number): fc.Arbitrary<Node> {
  const depthIdentifier = fc.createDepthIdentifier()
  // A member is two steps down: into a list, and into a choice.
  const depth = { depthIdentifier, depthSize: 'large', maxDepth: 2 * levels } as const
  const length = { depthIdentifier, depthSize: 'large', maxLength, size: 'max' } as const
  return fc.letrec<{ node: Node; compound: Node; task: Node; options: NodeOptions }>((tie) => {
    const members = fc.array(tie('node'), length)
    const some = fc.array(tie('node'), { ...length, minLength: 1 })
    const callbacks = fc.array(tie('node'), { ...length, minLength: 1, maxLength: 2 })
    const options = tie('options')
    const acting = (acts: fc.Arbitrary<Act>): fc.Arbitrary<TaskNode> =>
      record({
        kind: is('task'),
        task: is(''),
        args: fc.tuple(acts),
        kwargs: is({}),
        options,
        immutable: rarely,
      })
    const list = { task: is(MAPPED), options }
    return {
      node: fc.oneof({ ...depth, withCrossShrink: true }, often(2, tie('task')), often(3, tie('compound'))),
      compound: fc.oneof(
        often(4, record({ kind: is('chain'), steps: some, options, immutable: rarely })),
        often(3, record({ kind: is('group'), members, options, immutable: rarely })),
        often(
          4,
          record({
            kind: is('chord'),
            header: members,
            body: tie('node'),
            policy,
            options,
            immutable: rarely,
          }),
        ),
        often(1, record({ kind: is('map'), items: fc.array(itemAct, { maxLength: 3 }), ...list })),
        often(
          1,
          record({ kind: is('starmap'), items: fc.array(fc.tuple(itemAct), { maxLength: 3 }), ...list }),
        ),
        often(
          1,
          record({ kind: is('chunks'), items: fc.array(fc.tuple(itemAct), { maxLength: 4 }), size, ...list }),
        ),
      ),
      task: fc.oneof(
        depth,
        often(20, acting(simpleAct)),
        often(3, acting(record({ act: is('replace'), by: tie('node') }))),
        often(4, acting(record({ act: is('add'), members: some }))),
      ),
      options: fc.oneof(
        depth,
        often(10, is({})),
        often(1, record({ countdown: fc.constantFrom(1_000, 90_000, 86_400_000) })),
        often(1, record({ link: callbacks })),
        often(1, record({ linkError: callbacks })),
        often(1, record({ link: callbacks, linkError: callbacks })),
      ),
    }
  }).compound
}

const LONG_AGO = '2001-01-01T00:00:00.000Z'
const MAPPED: TaskNode = { kind: 'task', task: 'give', args: [], kwargs: {}, options: {}, immutable: false }

const is = fc.constant
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({
  weight,
  arbitrary,
})
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
const rarely = fc.nat(7).map((n) => n === 7)
const size = fc.integer({ min: 1, max: 3 })
const value = fc.constantFrom(null, false, 0, '', [], {}, [[]], [null, []], { list: [] })
const itemAct = fc.oneof(
  often<Act>(8, is({ act: 'give' })),
  often<Act>(
    1,
    value.map((value) => ({ act: 'say', value })),
  ),
  often<Act>(1, fc.constantFrom({ act: 'fail' }, { act: 'ignore' })),
)
const simpleAct = fc.oneof(
  often(8, itemAct),
  often<Act>(1, fc.constantFrom({ act: 'expire' }, { act: 'nobody' })),
  often<Act>(
    1,
    record({ act: is('retry'), failures: fc.integer({ min: 1, max: 3 }), maxRetries: fc.constantFrom(3, 1) }),
  ),
)
const policy = fc.oneof(
  often<ChordPolicy>(3, is('all')),
  often<ChordPolicy>(1, is('settle')),
  often<ChordPolicy>(1, is('failFast')),
  often<ChordPolicy>(1, record({ quorum: fc.nat(1) })), // so many more than will succeed
)

/**
 * Gives every call a label of its own. What would depend on which of several members is faster is drawn another way: a chord
 * that may close early has one way to end, and nothing is added to it.
 */
function finish(draft: Node): Canvas {
  const table = new Map<string, Act>()
  const node = named(draft, 'alone')
  return { node, table, [fc.toStringMethod]: () => tell(node, table) } as Canvas

  function named(node: Node, seat: Seat): Node {
    const { link, linkError, ...others } = node.options
    const callbacks = (nodes: readonly Node[]): Node[] => nodes.map((callback) => named(callback, 'alone'))
    const options = {
      ...others,
      ...(link && { link: callbacks(link) }),
      ...(linkError && { linkError: callbacks(linkError) }),
    }
    switch (node.kind) {
      case 'task': {
        const label = labelled(node.args[0] as Act, seat)
        const { act } = table.get(label) as Act
        const expires = act === 'expire' && { expires: LONG_AGO }
        return { ...node, task: act, args: [label], options: { ...options, ...expires } }
      }
      case 'chain':
        return { ...node, options, steps: node.steps.map((step) => named(step, seat)) }
      case 'group': {
        const awaited = seat !== 'alone' || link !== undefined || linkError !== undefined
        return {
          ...node,
          options,
          members: node.members.map((member) => named(member, awaited ? 'growing' : seat)),
        }
      }
      case 'chord': {
        const sure = node.policy === 'all' || node.policy === 'settle'
        const header = node.header.map((member) => named(member, sure ? 'growing' : 'fixed'))
        return {
          ...node,
          options,
          header,
          policy: decided(node.policy, header),
          body: named(node.body, seat),
        }
      }
      case 'map':
        return { ...node, options, items: (node.items as Act[]).map((act) => labelled(act, 'alone')) }
      case 'starmap':
      case 'chunks':
        return { ...node, options, items: (node.items as [Act][]).map(([act]) => [labelled(act, 'alone')]) }
    }
  }

  function labelled(act: Act, seat: Seat): string {
    const label = `c${table.size}`
    table.set(label, act)
    if (act.act === 'replace') table.set(label, { act: 'replace', by: named(act.by, seat) })
    if (act.act === 'add') {
      const members = seat === 'growing' ? act.members.map((node) => named(node, seat)) : []
      table.set(label, members.length > 0 ? { act: 'add', members } : { act: 'give' })
    }
    return label
  }

  function decided(policy: ChordPolicy, header: readonly Node[]): ChordPolicy {
    const good = header.filter((member) => succeeds(member)).length
    if (policy === 'failFast' && header.length - good > 1) return 'all'
    if (typeof policy !== 'object') return policy
    if (header.length === 0) return 'all'
    return { quorum: Math.min(header.length, Math.max(1, good + policy.quorum)) }
  }

  function succeeds(member: Node): boolean {
    const alone: Node = { kind: 'group', members: [member], options: {}, immutable: false }
    return interpret(alone, table).end.state === 'SUCCESS'
  }
}

/** Where a call stands: in no chord, in one that may grow, or in one that may not. */
type Seat = 'alone' | 'growing' | 'fixed'

/** A canvas as text: the drawing, and below it what its calls do, where their names do not say it. */
export function tell(node: Node, table: Table): string {
  const acts = [...table].flatMap(([label, act]) => {
    const { act: name, ...details } = act
    if ('by' in act) return `${label}: replace by ${drawText(act.by)}`
    if ('members' in act)
      return `${label}: add ${act.members.map((member) => drawText(member)).join(' and ')}`
    return Object.keys(details).length > 0 ? `${label}: ${name} ${JSON.stringify(details)}` : []
  })
  return ['', drawText(node), ...acts, ''].join('\n')
}
