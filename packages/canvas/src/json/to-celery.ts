import { fold } from '../node/fold.ts'
import type { Node } from '../node/node.ts'
import { writeOptions } from './write-options.ts'

/** A signature as Celery writes it: these six keys, in this order. Canvases keep their children in `kwargs`. */
export interface CelerySignature {
  readonly task: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
  readonly subtask_type: 'chain' | 'group' | 'chord' | null
  readonly immutable: boolean
}

/**
 * The Celery form of a node, as plain data. Arguments are handed on as they are, JSON or not. A chord's header is a
 * bare list; its policy, unless 'all', is an option. What Celery keeps no flag for is written as Celery does: map,
 * starmap and chunks are immutable.
 */
export function toCelery(root: Node): CelerySignature {
  return fold<CelerySignature>(root, write)
}

function write(node: Node, of: (child: Node) => CelerySignature): CelerySignature {
  const options = writeOptions(node.options, of)
  switch (node.kind) {
    case 'task': {
      const { task, args, kwargs, immutable } = node
      return { task, args, kwargs, options, subtask_type: null, immutable }
    }
    case 'chain':
      return canvas('chain', { tasks: node.steps.map(of) }, options, node.immutable)
    case 'group':
      return canvas('group', { tasks: node.members.map(of) }, options, node.immutable)
    case 'chord': {
      const kwargs = { kwargs: {}, header: node.header.map(of), body: of(node.body) }
      const policy = node.policy === 'all' ? {} : { policy: node.policy }
      return canvas('chord', kwargs, { ...options, ...policy }, node.immutable)
    }
    case 'map':
    case 'starmap':
      return repeated(node.kind, { task: of(node.task), it: node.items }, options)
    case 'chunks':
      return repeated('chunks', { task: of(node.task), it: node.items, n: node.size }, options)
    default:
      return node satisfies never
  }
}

type Section = Record<string, unknown>

function canvas(
  type: 'chain' | 'group' | 'chord',
  kwargs: Section,
  options: Section,
  immutable: boolean,
): CelerySignature {
  return { task: `celery.${type}`, args: [], kwargs, options, subtask_type: type, immutable }
}

function repeated(kind: 'map' | 'starmap' | 'chunks', kwargs: Section, options: Section): CelerySignature {
  return { task: `celery.${kind}`, args: [], kwargs, options, subtask_type: null, immutable: true }
}
