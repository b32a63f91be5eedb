import { createHash, type Hash } from 'node:crypto'
import { JsonRefusal, toJson } from '@arpeggio/core'
import stableStringify from 'fast-json-stable-stringify'
import { fold, isLeaf, type Memo } from './fold.ts'
import type { Node } from './node.ts'

/** Whether two nodes mean the same: the same shape, tasks, arguments and options, in whatever order their keys are. */
export function equal(a: Node, b: Node): boolean {
  return a === b || fingerprint(a) === fingerprint(b)
}

/**
 * A short text that is the same for equal nodes, in this and every other process. Arguments compare as the JSON that
 * would be sent: a Date as its text, undefined as null. What JSON cannot carry (a function, a Map, a cycle, a bigint)
 * compares as itself: an argument that holds such a thing equals only the very same object, in this process.
 */
export function fingerprint(node: Node): string {
  return createHash('sha256')
    .update(fold(node, digest, digests))
    .digest('base64url')
}

/** Digests of everything but leaves, for as long as the nodes live: what a canvas shares with others is read once. */
const digests: Memo<string> = new WeakMap<Node, string>()

/** A leaf is its own text; all else is the hash of its own part and of what is under it. */
function digest(node: Node, of: (child: Node) => string): string {
  if (isLeaf(node)) return ownPart(node)
  const hash = createHash('sha256').update(ownPart(node))
  switch (node.kind) {
    case 'task':
      break
    case 'chain':
      addAll(hash, node.steps, of)
      break
    case 'group':
      addAll(hash, node.members, of)
      break
    case 'chord':
      addAll(hash, node.header, of)
      addAll(hash, [node.body], of)
      break
    case 'map':
    case 'starmap':
    case 'chunks':
      addAll(hash, [node.task], of)
      break
    default:
      node satisfies never
  }
  if (node.options.link) addAll(hash.update('link'), node.options.link, of)
  if (node.options.linkError) addAll(hash.update('linkError'), node.options.linkError, of)
  return hash.digest('base64url')
}

function addAll(hash: Hash, nodes: readonly Node[], of: (child: Node) => string): void {
  hash.update('[')
  for (const node of nodes) hash.update(`${of(node)},`)
  hash.update(']')
}

/** Everything a node says itself, without the nodes under it. */
function ownPart(node: Node): string {
  const { link, linkError, ...options } = node.options
  const own = keyed(options)
  switch (node.kind) {
    case 'task':
      return `(task${text(node.task)}${listed(node.args)}${keyed(node.kwargs)}${own}${node.immutable})`
    case 'chain':
    case 'group':
      return `(${node.kind}${own}${node.immutable})`
    case 'chord':
      return `(chord${text(node.policy)}${own}${node.immutable})`
    case 'map':
    case 'starmap':
      return `(${node.kind}${listed(node.items)}${own})`
    case 'chunks':
      return `(chunks${node.size}${listed(node.items)}${own})`
    default:
      return node satisfies never
  }
}

function listed(values: readonly unknown[]): string {
  return `[${values.map(text).join()}]`
}

function keyed(values: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(values)
    .filter((key) => values[key] !== undefined)
    .sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${text(values[key])}`).join()}}`
}

/** A value as stable JSON; what is none has a text that no JSON has. */
function text(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  const json = asJson(value)
  return json === undefined ? `!${identity(value)}` : stableStringify(json)
}

function asJson(value: unknown): unknown {
  try {
    const json = toJson(value, '')
    return json instanceof JsonRefusal ? undefined : json
  } catch {
    return undefined // its own toJSON threw
  }
}

/** Numbers objects in the order they were first compared. */
function identity(value: unknown): string {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) {
    return `${typeof value}:${String(value)}`
  }
  const known = identities.get(value) ?? ++lastIdentity
  identities.set(value, known)
  return String(known)
}

const identities = new WeakMap<object, number>()
let lastIdentity = 0
