import type { Json } from '@arpeggio/core'

/**
 * What was drawn. A node is plain, frozen data: no app, no client, no clock. Arguments are kept as the caller
 * gave them (copied and frozen where they are plain); whether JSON can carry them is asked when the node is sent.
 */
export type Node = TaskNode | ChainNode | GroupNode | ChordNode | MapNode | ChunksNode

/** One call of a task. Its arguments follow the value of the step before, unless it is immutable. */
export interface TaskNode {
  readonly kind: 'task'
  readonly task: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly options: NodeOptions
  readonly immutable: boolean
}

/** Steps, one after another. Never empty. */
export interface ChainNode {
  readonly kind: 'chain'
  readonly steps: readonly Node[]
  readonly options: NodeOptions
  readonly immutable: boolean
}

/** Members side by side; its value is the list of theirs, in this order. */
export interface GroupNode {
  readonly kind: 'group'
  readonly members: readonly Node[]
  readonly options: NodeOptions
  readonly immutable: boolean
}

/** A group and what follows when all of it is done: the body takes the list. */
export interface ChordNode {
  readonly kind: 'chord'
  readonly header: readonly Node[]
  readonly body: Node
  readonly policy: ChordPolicy
  readonly options: NodeOptions
  readonly immutable: boolean
}

/** One message that runs a task over each item, one after another; `spread` gives each item as an argument list. */
export interface MapNode {
  readonly kind: 'map' | 'starmap'
  readonly task: TaskNode
  readonly items: readonly unknown[]
  readonly options: NodeOptions
}

/** A group of starmaps of at most `size` items each. */
export interface ChunksNode {
  readonly kind: 'chunks'
  readonly task: TaskNode
  readonly items: readonly unknown[]
  readonly size: number
  readonly options: NodeOptions
}

/** When a chord is over, and what its body is given. */
export type ChordPolicy = 'all' | 'failFast' | 'settle' | { readonly quorum: number }

/** Execution options, in one canonical form: durations are milliseconds, moments ISO texts. Only keys that were set exist. */
export interface NodeOptions {
  // Where and how each step runs: every step takes these unless it has its own.
  readonly queue?: string
  readonly priority?: number
  readonly expires?: number | string
  /** null: none, whatever its task or the settings say. */
  readonly timeLimit?: number | null
  readonly softTimeLimit?: number | null
  readonly ignoreResult?: boolean
  readonly retries?: number
  readonly serializer?: string
  readonly compression?: Compression
  readonly shadow?: string
  readonly headers?: Readonly<Record<string, Json>>
  readonly stamps?: Readonly<Record<string, Json>>
  // How the canvas starts: its entry takes these, once.
  readonly countdown?: number
  readonly eta?: string
  // The run as a whole: only a whole canvas can have these.
  readonly taskId?: string
  readonly deadline?: number | string
  readonly idempotencyKey?: string
  // What runs after it.
  readonly link?: readonly Node[]
  readonly linkError?: readonly Node[]
  /** Options of a foreign signature that mean nothing here; kept so that it can be written back as it was read. */
  readonly foreign?: Readonly<Record<string, Json>>
}

/** How long values are made shorter; `none`: not at all, whatever is said around it. */
export type Compression = 'gzip' | 'none'

export const NO_OPTIONS: NodeOptions = Object.freeze({})
