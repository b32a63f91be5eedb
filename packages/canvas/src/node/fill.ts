import { NO_ARGS } from './capture.ts'
import { fold } from './fold.ts'
import type { Node, TaskNode } from './node.ts'
import { update } from './update.ts'

/**
 * Gives a canvas the arguments it still misses. They go in front of the arguments of exactly the tasks it begins with:
 * a chain's first step, every member of a group, every member of a chord's header. What is immutable takes none, and
 * an empty group has nobody to take them. Keyword arguments go the same way; new ones win. `args` and `kwargs` are frozen.
 */
export function fill(node: Node, args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): Node {
  const newKeys = Object.keys(kwargs).length > 0
  if (args.length === 0 && !newKeys) return node
  return fold<Node>(node, (here, of) => {
    switch (here.kind) {
      case 'task':
        if (here.immutable) return here
        return Object.freeze({
          ...here,
          args: here.args.length === 0 ? args : Object.freeze([...args, ...here.args]),
          kwargs: newKeys ? Object.freeze({ ...here.kwargs, ...kwargs }) : here.kwargs,
        })
      case 'chain': {
        const [first, ...others] = here.steps
        if (here.immutable || first === undefined) return here
        return Object.freeze({ ...here, steps: Object.freeze([of(first), ...others]) })
      }
      case 'group':
        if (here.immutable) return here
        return Object.freeze({ ...here, members: Object.freeze(here.members.map(of)) })
      case 'chord':
        if (here.immutable) return here
        return Object.freeze({ ...here, header: Object.freeze(here.header.map(of)) })
      case 'map':
      case 'starmap':
      case 'chunks':
        return here
      default:
        return here satisfies never
    }
  })
}

/** Gives keyword arguments to a task itself, whether it is immutable or not, and to a canvas as `fill` does. */
export function addKwargs(node: Node, kwargs: Readonly<Record<string, unknown>>): Node {
  switch (node.kind) {
    case 'task':
      return update(node, (draft) => {
        draft.kwargs = Object.freeze({ ...node.kwargs, ...kwargs })
      })
    case 'map':
    case 'starmap':
    case 'chunks':
      return update(node, (draft) => {
        draft.task = addKwargs(node.task, kwargs) as TaskNode
      })
    default:
      return fill(node, NO_ARGS, kwargs)
  }
}
