import type { AsyncResult, Compiled, Packing, Site } from '@arpeggio/core'
import type { Arguments, Problem } from '../compile/arguments.ts'
import type { Node, TaskNode } from '../node/node.ts'

/** Where a signature can be sent: what an `App` offers the values it made. Nodes never hold it; signatures carry it along. */
export interface Home {
  /** Publishes the node as a new run and hands back its handle. */
  launch(node: Node): Promise<AsyncResult<unknown>>
  /** Runs the node here and now, on a private memory backend in virtual time. */
  apply(node: Node): Promise<AsyncResult<unknown>>
  /** What the node means, with the tasks' own options. */
  compile(node: Node, site: Site): Compiled
  /** Why a task cannot be run here, if so. */
  taskProblem(task: string): Problem | null
  /** The most arguments a task takes; null if that is not known here. */
  mostArguments(task: string): number | null
  /** The arguments of a call as they will travel, packed as is said of the call, or else of its task; or why they cannot. */
  readArguments(node: TaskNode, said: Packing): Arguments | Problem
  /** Why nothing can be sent to a queue, if so. */
  queueProblem(queue: string): Problem | null
}
