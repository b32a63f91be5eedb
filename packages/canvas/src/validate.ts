import { ArpeggioError, checkRunId, cut, LIMITS, type Packing } from '@arpeggio/core'
import {
  arityProblem,
  innerDeadline,
  innerNameProblem,
  mappedProblem,
  type Problem,
  quorumProblem,
  readArguments,
} from './compile/arguments.ts'
import type { Home } from './house/home.ts'
import { chunksOf, mapTask } from './node/mapping.ts'
import type { ChunksNode, MapNode, Node, TaskNode } from './node/node.ts'
import type { AnySignature } from './signature.ts'
import { nodesOf, Signature } from './signature.ts'

/**
 * Everything about a canvas that will not work, before it is sent: tasks that its app does not know, queues that there
 * cannot be, values that JSON cannot carry, sizes over the limits, too many arguments, ids where there can be none.
 * Nothing found: the empty list.
 */
export function validate(signature: AnySignature): readonly Problem[] {
  const [node] = nodesOf([signature], 'validate') as [Node]
  const home = Signature.homeOf(signature)
  const problems: Problem[] = []
  const todo: Way[] = [{ node, step: '', from: null, follows: false, packing: node.options }]
  for (let way = todo.pop(); way !== undefined; way = todo.pop()) {
    for (const problem of problemsOf(way, home)) {
      problems.push({ ...problem, path: pathOf(way, problem.path) })
    }
    const next = [...under(way)]
    for (let below = next.pop(); below !== undefined; below = next.pop()) todo.push(below)
  }
  return problems
}

/** A node, the way to it, whether a value comes before it, and what is said of how its arguments are packed. */
interface Way {
  readonly node: Node
  readonly step: string
  readonly from: Way | null
  readonly follows: boolean
  readonly packing: Packing
}

function pathOf(way: Way, last: string): string {
  const steps = [last]
  for (let at: Way | null = way; at !== null; at = at.from) if (at.step !== '') steps.push(at.step)
  return cut(steps.reverse().join('.'), LIMITS.pathCharacters)
}

function* under(way: Way): Generator<Way> {
  const { node } = way
  const enters = way.follows && !('immutable' in node && node.immutable)
  switch (node.kind) {
    case 'task':
      break
    case 'chain':
      for (const [i, step] of node.steps.entries()) yield below(way, `steps[${i}]`, step, i > 0 || enters)
      break
    case 'group':
      for (const [i, member] of node.members.entries()) yield below(way, `members[${i}]`, member, enters)
      break
    case 'chord':
      for (const [i, member] of node.header.entries()) yield below(way, `header[${i}]`, member, enters)
      yield below(way, 'body', node.body, true)
      break
    case 'map':
    case 'starmap':
    case 'chunks':
      yield below(way, 'task', node.task, false)
      break
  }
  const { link = [], linkError = [] } = node.options
  const aside = { ...way, packing: {} } // they inherit nothing
  for (const [i, callback] of link.entries()) yield below(aside, `options.link[${i}]`, callback, true)
  for (const [i, callback] of linkError.entries())
    yield below(aside, `options.linkError[${i}]`, callback, true)
}

function below(from: Way, step: string, node: Node, follows: boolean): Way {
  const { serializer = from.packing.serializer, compression = from.packing.compression } = node.options
  const packing = { ...(serializer && { serializer }), ...(compression && { compression }) }
  return { node, step, from, follows, packing }
}

function* problemsOf(way: Way, home: Home | null): Generator<Problem> {
  const { node, step, from, packing } = way
  const { taskId, deadline, queue } = node.options
  const noQueue = queue === undefined ? null : (home?.queueProblem(queue) ?? null)
  if (noQueue !== null) yield noQueue
  if (from === null && taskId !== undefined) yield* badId(taskId)
  const noName = from === null ? null : innerNameProblem(node)
  if (noName !== null) yield noName
  if (deadline !== undefined && from !== null) yield innerDeadline(node)
  switch (node.kind) {
    case 'task': {
      const most = step === 'task' ? null : mostOf(node, home) // a mapped one is given items
      return yield* callProblems(node, most, way, home)
    }
    case 'chord':
      return yield* [quorumProblem(node)].filter((problem) => problem !== null)
    case 'map':
    case 'starmap':
      return yield* itemProblems(node, [mapTask(node.kind, node.task, node.items)], packing, home)
    case 'chunks':
      return yield* itemProblems(node, chunksOf(node.task, node.items, node.size), packing, home)
    case 'chain':
    case 'group':
      return
  }
}

function* callProblems(
  node: TaskNode,
  most: number | null,
  { follows, packing }: Way,
  home: Home | null,
): Generator<Problem> {
  const unknown = home?.taskProblem(node.task) ?? null
  if (unknown !== null) yield unknown
  const tooMany = arityProblem(node, most, follows)
  if (tooMany !== null) yield tooMany
  const read = home?.readArguments(node, packing) ?? readArguments(node)
  if ('code' in read) yield read
}

/** What is wrong with items, each call with its share of them; the task that is mapped is looked at by itself. */
function* itemProblems(
  node: MapNode | ChunksNode,
  calls: readonly TaskNode[],
  packing: Packing,
  home: Home | null,
): Generator<Problem> {
  const wrong = mappedProblem(node, mostOf(node.task, home))
  if (wrong !== null) yield wrong
  for (const [nth, call] of calls.entries()) {
    const read = home?.readArguments(call, { ...packing, ...call.options }) ?? readArguments(call)
    if (!('code' in read) || read.path.startsWith('kwargs.task')) continue
    const first = 'size' in node ? nth * node.size : 0
    const path = read.path.replace(/^kwargs\.it\[(\d+)\]/, (_, index) => `items[${first + Number(index)}]`)
    yield { ...read, path: path === 'args' ? 'items' : path }
  }
}

function mostOf({ task }: TaskNode, home: Home | null): number | null {
  return home?.mostArguments(task) ?? null
}

function* badId(id: string): Generator<Problem> {
  try {
    checkRunId(id)
  } catch (error) {
    if (error instanceof ArpeggioError)
      yield { code: error.code, path: 'options.taskId', message: error.message }
  }
}
