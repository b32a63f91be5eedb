import { ArpeggioError, show } from '@arpeggio/core'
import type { ChordPolicy, Node, NodeOptions, TaskNode } from '../node/node.ts'
import {
  at,
  type Cursor,
  countAt,
  describe,
  entries,
  flagAt,
  isAbsent,
  isRecord,
  jsonAt,
  listAt,
  path,
  recordAt,
  refuse,
  textAt,
} from './cursor.ts'
import { readOptions } from './read-options.ts'

/** A signature whose own part is read: the signatures under it, and what it becomes once those are nodes. */
export interface Opened {
  readonly under: readonly Cursor[]
  close(nodes: readonly Node[]): Node
}

/** Reads one signature but not those under it, so that reading need not recurse. */
export function openSignature(cursor: Cursor): Opened {
  const kind = kindOf(cursor)
  const immutable = isImmutable(cursor)
  switch (kind) {
    case 'task': {
      const task = textAt(at(cursor, 'task'))
      const args = argsAt(at(cursor, 'args'))
      const kwargs = kwargsAt(at(cursor, 'kwargs'))
      return opened(cursor, [], (_, options) => ({ kind, task, args, kwargs, options, immutable }))
    }
    case 'chain': {
      const steps = stepsAt(at(contents(cursor, ['tasks']), 'tasks'))
      return opened(cursor, steps, (steps, options) => ({ kind, steps, options, immutable }))
    }
    case 'group': {
      const members = listAt(at(contents(cursor, ['tasks']), 'tasks'))
      return opened(cursor, members, (members, options) => ({ kind, members, options, immutable }))
    }
    case 'chord':
      return openChord(cursor, immutable)
    case 'map':
    case 'starmap': {
      const { task, items } = repeated(contents(cursor, ['task', 'it']))
      return opened(cursor, [task], (nodes, options) => ({ kind, task: taskIn(nodes, task), items, options }))
    }
    case 'chunks': {
      const kwargs = contents(cursor, ['task', 'it', 'n'])
      const { task, items } = repeated(kwargs)
      const size = countAt(at(kwargs, 'n'))
      return opened(cursor, [task], (nodes, options) => ({
        ...{ kind, task: taskIn(nodes, task), items, size, options },
      }))
    }
    default:
      return kind satisfies never
  }
}

function openChord(cursor: Cursor, immutable: boolean): Opened {
  const kwargs = contents(cursor, ['kwargs', 'header', 'body'])
  for (const given of entries(at(kwargs, 'kwargs'))) throw refuseGiven(given)
  const header = at(kwargs, 'header')
  const body = at(kwargs, 'body')
  const policy = policyAt(at(cursor, 'options'))
  if (isRecord(header.value) && !isPlainGroup(header)) {
    if (policy !== 'all') throw refuse(header, 'a group with options', 'a list, as this chord has a policy')
    const asChain = (steps: readonly Node[], options: NodeOptions): Node => {
      return { kind: 'chain', steps, options, immutable }
    }
    return opened(cursor, [header, body], asChain, 'policy')
  }
  const members = listAt(isRecord(header.value) ? at(contents(header, ['tasks']), 'tasks') : header)
  const asChord = (nodes: readonly Node[], options: NodeOptions): Node => {
    const header = Object.freeze(nodes.slice(0, -1))
    return { kind: 'chord', header, body: nodes.at(-1) as Node, policy, options, immutable }
  }
  return opened(cursor, [...members, body], asChord, 'policy')
}

/** Whether a chord's header, given as a group, says no more than the list of its members would. */
function isPlainGroup(header: Cursor): boolean {
  if (kindOf(header) !== 'group') throw refuse(header, 'another signature', 'a list or a group')
  return entries(at(header, 'options')).length === 0 && !isImmutable(header)
}

/** Adds the options, but for one that is read `apart`, and the links under them, and freezes what is made. */
function opened(
  cursor: Cursor,
  parts: readonly Cursor[],
  make: (nodes: readonly Node[], options: NodeOptions) => Node,
  apart?: 'policy',
): Opened {
  const { own, link, linkError } = readOptions(at(cursor, 'options'), apart)
  if (!link && !linkError) {
    return { under: parts, close: (nodes) => Object.freeze(make(Object.freeze(nodes), own)) }
  }
  const links = parts.length
  const errbacks = links + (link?.length ?? 0)
  return {
    under: parts.concat(link ?? [], linkError ?? []),
    close(nodes) {
      const options = Object.freeze({
        ...own,
        ...(link && { link: Object.freeze(nodes.slice(links, errbacks)) }),
        ...(linkError && { linkError: Object.freeze(nodes.slice(errbacks)) }),
      })
      return Object.freeze(make(Object.freeze(nodes.slice(0, links)), options))
    },
  }
}

const KINDS: ReadonlyMap<string, Node['kind']> = new Map<string, Node['kind']>([
  ['celery.chain', 'chain'],
  ['celery.group', 'group'],
  ['celery.chord', 'chord'],
  ['celery.map', 'map'],
  ['celery.starmap', 'starmap'],
  ['celery.chunks', 'chunks'],
])

/** What a signature with this name for its task is: Celery's own names stand for canvases. */
export function kindNamed(task: string): Node['kind'] {
  return KINDS.get(task) ?? 'task'
}

/** `chord_size` was a seventh key in some versions of Celery, and tells nothing that is not known otherwise. */
const KEYS = ['task', 'args', 'kwargs', 'options', 'subtask_type', 'immutable', 'chord_size']

/** Map, starmap and chunks have a name but no type; a canvas whose type is left out is known by its name too. */
function kindOf(cursor: Cursor): Node['kind'] {
  if (!isRecord(cursor.value)) throw refuse(cursor, describe(cursor.value), 'a signature, as an object')
  onlyKeys(cursor, KEYS)
  const task = textAt(at(cursor, 'task'))
  if (task === '') throw refuse(at(cursor, 'task'), 'an empty text', 'the name of a task')
  const kind = kindNamed(task)
  const type = at(cursor, 'subtask_type')
  if (isAbsent(type) || type.value === kind) return kind
  if (type.value !== 'chain' && type.value !== 'group' && type.value !== 'chord') {
    throw refuse(type, describe(type.value), '"chain", "group", "chord" or null')
  }
  throw refuse(at(cursor, 'task'), show(task), `"celery.${type.value}", as the subtask_type says`)
}

function isImmutable(cursor: Cursor): boolean {
  const flag = at(cursor, 'immutable')
  return isAbsent(flag) ? false : flagAt(flag)
}

/** The kwargs of a canvas, which hold its children under these keys and nothing else. */
function contents(cursor: Cursor, keys: readonly string[]): Cursor {
  const args = at(cursor, 'args')
  for (const given of isAbsent(args) ? [] : listAt(args)) throw refuseGiven(given)
  const kwargs = at(cursor, 'kwargs')
  onlyKeys(kwargs, keys)
  return kwargs
}

function refuseGiven(cursor: Cursor): ArpeggioError {
  return refuse(
    cursor,
    'an argument of a canvas, which would be lost',
    'it on the tasks the canvas starts with',
  )
}

function onlyKeys(cursor: Cursor, keys: readonly string[]): void {
  for (const key of Object.keys(recordAt(cursor))) {
    if (!keys.includes(key)) throw refuse(at(cursor, key), 'unknown here', `only ${keys.join(', ')}`)
  }
}

function stepsAt(cursor: Cursor): readonly Cursor[] {
  const steps = listAt(cursor)
  if (steps.length > 0) return steps
  throw new ArpeggioError(
    'chain-empty',
    `Cannot read the signature: ${path(cursor)} is an empty list. Give a chain at least one step.`,
  )
}

function argsAt(cursor: Cursor): readonly unknown[] {
  return isAbsent(cursor) || listAt(cursor).length === 0 ? NO_ARGS : (jsonAt(cursor) as readonly unknown[])
}

function kwargsAt(cursor: Cursor): Readonly<Record<string, unknown>> {
  return entries(cursor).length === 0 ? NO_KWARGS : (jsonAt(cursor) as Record<string, unknown>)
}

const NO_ARGS: readonly unknown[] = Object.freeze([])
const NO_KWARGS: Readonly<Record<string, unknown>> = Object.freeze({})

function repeated(kwargs: Cursor): { task: Cursor; items: readonly unknown[] } {
  const items = at(kwargs, 'it')
  listAt(items)
  return { task: at(kwargs, 'task'), items: jsonAt(items) as readonly unknown[] }
}

function taskIn([node]: readonly Node[], cursor: Cursor): TaskNode {
  if (node?.kind === 'task') return node
  throw refuse(cursor, `a ${node?.kind}`, 'one task')
}

function policyAt(options: Cursor): ChordPolicy {
  const policy = at(options, 'policy')
  if (isAbsent(policy)) return 'all'
  if (isRecord(policy.value)) {
    onlyKeys(policy, ['quorum'])
    return Object.freeze({ quorum: countAt(at(policy, 'quorum')) })
  }
  const name = policy.value
  if (name === 'all' || name === 'failFast' || name === 'settle') return name
  throw refuse(policy, describe(name), '"all", "failFast", "settle" or { "quorum": n }')
}
