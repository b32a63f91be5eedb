import { ArpeggioError, checkOptions, isPlainObject, type Json, KINDS, show } from '@arpeggio/core'
import { takenStamp } from './celery-words.ts'
import { fingerprint } from './equal.ts'
import type { Node, NodeOptions } from './node.ts'
import type { LaunchOptions } from './options.ts'
import { checkLimits, EITHER, parseOptions } from './parse-options.ts'
import { type Open, update } from './update.ts'

/** Options as they were given to `taker`, or an error if they are none. */
export function optionsFor<Options>(taker: string, given: Options): Options {
  if (isPlainObject(given)) return given
  throw new ArpeggioError(
    'option-invalid',
    `${taker} takes options, and was given ${show(given)}. Give an object.`,
  )
}

/** The same canvas with options put over its own. They win, but links, errbacks and stamps add up. */
export function withOptions(node: Node, given: Omit<LaunchOptions, 'kwargs'>): Node {
  const { immutable, ...options } = given
  const owner = node.kind === 'task' ? node.task : `this ${node.kind}`
  const more = parseOptions(options, owner)
  checkOptions({ immutable: immutable ?? undefined }, { immutable: KINDS.flag }, 'a signature')
  const dropsInput = immutable ?? null
  if (Object.keys(more).length === 0 && dropsInput === null) return node
  const merged = mergeOptions(node.options, more, owner)
  checkLimits(merged.softTimeLimit, merged.timeLimit, owner)
  return update(node, (draft) => {
    draft.options = merged
    if (dropsInput !== null && 'immutable' in draft) draft.immutable = dropsInput
  })
}

function mergeOptions(old: NodeOptions, more: NodeOptions, owner: string): NodeOptions {
  const merged: Open<NodeOptions> = { ...old, ...more }
  for (const [one, other] of EITHER) {
    if (more[one] !== undefined) delete merged[other]
    if (more[other] !== undefined) delete merged[one]
  }
  if (more.stamps) merged.stamps = addStamps(old, more.stamps, owner)
  if (more.link) merged.link = union(old.link, more.link)
  if (more.linkError) merged.linkError = union(old.linkError, more.linkError)
  return Object.freeze(merged)
}

function addStamps(
  { stamps, foreign }: NodeOptions,
  more: Readonly<Record<string, Json>>,
  owner: string,
): Readonly<Record<string, Json>> {
  const taken = foreign && Object.keys(more).find((name) => Object.hasOwn(foreign, name))
  if (taken !== undefined) throw takenStamp(taken, `The option stamps of ${owner}`)
  return stamps === undefined ? more : Object.freeze({ ...stamps, ...more })
}

/** Every node once, in order: linking a callback that is there already changes nothing. */
function union(old: readonly Node[] = [], more: readonly Node[]): readonly Node[] {
  if (old.length + more.length === 1) return Object.freeze([...old, ...more])
  const all = [...old]
  const texts = fingerprints.get(old) ?? new Set(old.map(fingerprint))
  for (const node of more) {
    const text = fingerprint(node)
    if (!texts.has(text)) all.push(node)
    texts.add(text)
  }
  fingerprints.delete(old)
  if (all.length > FEW) fingerprints.set(all, texts)
  return Object.freeze(all)
}

/**
 * What is in a long list of callbacks. It moves on to the list that grows out of it, so that linking one by one costs as
 * much as linking all at once. A short list is read again, and so is one that others have grown out of.
 */
const fingerprints: WeakMap<readonly Node[], Set<string>> = new WeakMap()
const FEW = 16
