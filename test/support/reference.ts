import type { Json } from '@arpeggio/core'
import type { ChordPolicy, Node } from '../../packages/canvas/src/node/node.ts'
import { brief } from './brief.ts'
import { type Attempt, failureOf, type Table, telling } from './task-table.ts'

/** How a canvas ends. Of a failure: what was wrong, as one line. */
export type End = Good | Bad
type Good = { readonly state: 'SUCCESS'; readonly value: Json } | { readonly state: 'IGNORED' }
type Bad = { readonly state: 'FAILURE' | 'REVOKED'; readonly error: string }

/** What a run of a canvas must come to. */
export interface Expected {
  readonly end: End
  /** Every attempt at every call, in no order. */
  readonly attempts: readonly Attempt[]
  /** Calls in chords that close early: they may run, be cut off, or be revoked, so nothing is said of them. */
  readonly cutOff: ReadonlySet<string>
}

/**
 * What a drawing means, as plainly as it can be said, without plans, messages or chord records: a canvas takes an input and
 * comes to an end; then its links take the value, or its errbacks the failure, once.
 */
export function interpret(whole: Node, table: Table): Expected {
  const attempts: Attempt[] = []
  const cutOff = new Set<string>()
  const end = run(whole, [], [])
  return { end, attempts: attempts.filter(({ label }) => !cutOff.has(label)), cutOff }

  /** A canvas as a scope. `added` takes what its tasks add to the chord it is a member of. */
  function run(node: Node, input: readonly Json[], added: Node[]): End {
    const end = inside(node, 'immutable' in node && node.immutable ? [] : input, added)
    const { link = [], linkError = [] } = node.options
    if (end.state === 'SUCCESS') for (const callback of link) run(callback, [end.value], [])
    else if (isBad(end)) for (const errback of linkError) run(errback, [`${end.state} ${end.error}`], [])
    return end
  }

  function inside(node: Node, input: readonly Json[], added: Node[]): End {
    switch (node.kind) {
      case 'task':
        return call([...input, ...(node.args as Json[])], added)
      case 'chain': {
        const [first, ...others] = node.steps as [Node, ...Node[]]
        return others.reduce((end, step) => after(end, step, added), run(first, input, added))
      }
      case 'group':
        return together(node.members, input, 'all')
      case 'chord':
        return after(together(node.header, input, node.policy), node.body, added)
      case 'map':
        return oneByOne(node.items.map((item) => [item]) as Json[][])
      case 'starmap':
        return oneByOne(node.items as Json[][])
      case 'chunks': {
        const { task, items, size } = node
        const starts = items.map((_, index) => index).filter((index) => index % size === 0)
        const chunk = (from: number): Node => ({
          kind: 'starmap',
          task,
          items: items.slice(from, from + size),
          options: {},
        })
        return together(starts.map(chunk), [], 'all')
      }
    }
  }

  /** What follows takes the value; after any other end it does not run and ends the same way. */
  function after(end: End, next: Node, added: Node[]): End {
    return end.state === 'SUCCESS' ? run(next, [end.value], added) : end
  }

  function call(args: readonly Json[], added: Node[]): End {
    const label = args.at(-1) as string
    const given = brief(args.slice(0, -1))
    const act = table.get(label) ?? { act: 'fail' }
    if (act.act === 'expire') return { state: 'REVOKED', error: 'TaskRevokedError: task-revoked' }
    if (act.act === 'nobody') return { state: 'FAILURE', error: 'ArpeggioError: task-unknown' }
    const retries = act.act === 'retry' ? Math.min(act.failures, act.maxRetries) : 0
    for (let attempt = 0; attempt <= retries; attempt++) attempts.push({ label, given, retries: attempt })
    if (act.act === 'fail' || (act.act === 'retry' && act.failures > retries))
      return { state: 'FAILURE', error: `Error: ${failureOf(label)}` }
    if (act.act === 'ignore') return { state: 'IGNORED' }
    if (act.act === 'replace') return run(act.by, [], added)
    if (act.act === 'add') added.push(...act.members)
    return { state: 'SUCCESS', value: act.act === 'say' ? act.value : telling(label, given) }
  }

  /** One message for all items: the first that does not succeed is the end of it. */
  function oneByOne(items: readonly (readonly Json[])[]): End {
    const values: Json[] = []
    for (const args of items) {
      const end = call(args, [])
      if (end.state !== 'SUCCESS') return end
      values.push(end.value)
    }
    return { state: 'SUCCESS', value: values }
  }

  /** Members side by side: those drawn, in order, then those added, each followed by what it added itself. */
  function together(members: readonly Node[], input: readonly Json[], policy: ChordPolicy): End {
    const begun = members.map((node) => member(node, input))
    const grow = (node: Node): End[] => {
      const { end, added } = member(node, [])
      return [end, ...added.flatMap(grow)]
    }
    const ends = [...begun.map(({ end }) => end), ...begun.flatMap(({ added }) => added).flatMap(grow)]
    const bad = ends.filter(isBad)
    const good = ends.length - bad.length
    if (policy === 'settle' && members.length > 0) return { state: 'SUCCESS', value: ends.map(settled) }
    const enough = typeof policy === 'object' ? good >= policy.quorum : bad.length === 0
    if (enough || members.length === 0) return { state: 'SUCCESS', value: ends.map(worthOf) }
    if (policy !== 'all') for (const label of labelsIn(members)) cutOff.add(label)
    return { state: 'FAILURE', error: `ChordError(${bottomOf((bad[0] as Bad).error)})` }
  }

  function member(node: Node, input: readonly Json[]): { end: End; added: Node[] } {
    const added: Node[] = []
    return { end: run(node, input, added), added }
  }

  /** The labels of all calls in a drawing, whatever becomes of them. */
  function labelsIn(drawing: unknown): string[] {
    if (typeof drawing === 'string')
      return table.has(drawing) ? [drawing, ...labelsIn(table.get(drawing))] : []
    return typeof drawing === 'object' && drawing !== null ? Object.values(drawing).flatMap(labelsIn) : []
  }
}

/** What was wrong in the first place: nested chords tell it as their own. */
export function bottomOf(error: string): string {
  return error.replace(/^ChordError\((.*)\)$/, '$1')
}

function isBad(end: End): end is Bad {
  return end.state === 'FAILURE' || end.state === 'REVOKED'
}

/** What an end is worth in a list: an ignored one, and one that came too late for its quorum, is null. */
function worthOf(end: End): Json {
  return end.state === 'SUCCESS' ? end.value : null
}

function settled(end: End): Json {
  return isBad(end) ? { ok: false, error: end.error } : { ok: true, value: worthOf(end) }
}
