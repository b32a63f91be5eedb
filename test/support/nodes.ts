import type {
  ChainNode,
  GroupNode,
  Node,
  NodeOptions,
  TaskNode,
} from '../../packages/canvas/src/node/node.ts'

/* Nodes as plain data, for tests of what is made of them. */

export function task(name: string, args: readonly unknown[] = [], more: Partial<TaskNode> = {}): TaskNode {
  return { kind: 'task', task: name, args, kwargs: {}, options: {}, immutable: false, ...more }
}

export function chain(steps: readonly Node[], options: NodeOptions = {}): ChainNode {
  return { kind: 'chain', steps, options, immutable: false }
}

export function group(members: readonly Node[], options: NodeOptions = {}): GroupNode {
  return { kind: 'group', members, options, immutable: false }
}
