import { ArpeggioError, checkOptions, KINDS } from '@arpeggio/core'
import { equal } from './equal.ts'
import type { Node, NodeOptions } from './node.ts'
import type { LaunchOptions } from './options.ts'
import { parseOptions } from './parse-options.ts'
import { type Open, update } from './update.ts'

/** The same canvas with options put over its own. They win, but links, errbacks and stamps add up. */
export function withOptions(node: Node, given: Omit<LaunchOptions, 'kwargs'>): Node {
  if (typeof given !== 'object' || given === null) {
    throw new ArpeggioError(
      'option-invalid',
      `set takes options, and was given ${String(given)}. Give an object.`,
    )
  }
  const { immutable, ...options } = given
  const more = parseOptions(options, node.kind === 'task' ? node.task : `this ${node.kind}`)
  checkOptions({ immutable }, { immutable: KINDS.flag }, 'a signature')
  const dropsInput = immutable ?? null
  if (Object.keys(more).length === 0 && dropsInput === null) return node
  return update(node, (draft) => {
    draft.options = mergeOptions(node.options, more)
    if (dropsInput !== null && 'immutable' in draft) draft.immutable = dropsInput
  })
}

function mergeOptions(old: NodeOptions, more: NodeOptions): NodeOptions {
  const merged: Open<NodeOptions> = { ...old, ...more }
  // A canvas starts once: the newer of countdown and eta replaces the older.
  if (more.eta !== undefined) delete merged.countdown
  if (more.countdown !== undefined) delete merged.eta
  if (old.stamps && more.stamps) merged.stamps = Object.freeze({ ...old.stamps, ...more.stamps })
  if (more.link) merged.link = union(old.link, more.link)
  if (more.linkError) merged.linkError = union(old.linkError, more.linkError)
  return Object.freeze(merged)
}

/** Every node once, in order: linking a callback that is there already changes nothing. */
function union(old: readonly Node[] | undefined, more: readonly Node[]): readonly Node[] {
  const all = old === undefined ? [] : [...old]
  for (const node of more) if (!all.some((known) => equal(known, node))) all.push(node)
  return Object.freeze(all)
}
