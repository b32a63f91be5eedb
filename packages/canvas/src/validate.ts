import { ArpeggioError, checkRunId } from '@arpeggio/core'
import { innerTaskId, type Problem, quorumProblem, readArguments } from './compile/arguments.ts'
import type { Home } from './home.ts'
import type { Node, TaskNode } from './node/node.ts'
import type { AnySignature } from './signature.ts'
import { Signature } from './signature.ts'

/**
 * Everything about a canvas that will not work, before it is sent: tasks that its app does not know, values that JSON
 * cannot carry, sizes over the limits, too many arguments, ids where there can be none. Nothing found: the empty list.
 */
export function validate(signature: AnySignature): readonly Problem[] {
  const home = Signature.homeOf(signature)
  const problems: Problem[] = []
  const todo: Way[] = [{ node: signature.node, step: '', from: null }]
  for (let way = todo.pop(); way !== undefined; way = todo.pop()) {
    for (const problem of problemsOf(way.node, way.from === null, home)) {
      problems.push({ ...problem, path: pathOf(way, problem.path) })
    }
    const below = [...under(way.node)]
    for (let i = below.length - 1; i >= 0; i--) {
      const [step, node] = below[i] as [string, Node]
      todo.push({ node, step, from: way })
    }
  }
  return problems
}

/** A node, and the way to it. */
interface Way {
  readonly node: Node
  readonly step: string
  readonly from: Way | null
}

function pathOf(way: Way, last: string): string {
  const steps = [last]
  for (let at: Way | null = way; at !== null; at = at.from) if (at.step !== '') steps.push(at.step)
  return steps.reverse().join('.')
}

function* under(node: Node): Generator<[string, Node]> {
  switch (node.kind) {
    case 'task':
      break
    case 'chain':
      yield* numbered('steps', node.steps)
      break
    case 'group':
      yield* numbered('members', node.members)
      break
    case 'chord':
      yield* numbered('header', node.header)
      yield ['body', node.body]
      break
    case 'map':
    case 'starmap':
    case 'chunks':
      yield ['task', node.task]
      break
  }
  yield* numbered('options.link', node.options.link ?? [])
  yield* numbered('options.linkError', node.options.linkError ?? [])
}

function* numbered(name: string, nodes: readonly Node[]): Generator<[string, Node]> {
  for (const [i, node] of nodes.entries()) yield [`${name}[${i}]`, node]
}

function* problemsOf(node: Node, isWhole: boolean, home: Home | null): Generator<Problem> {
  const { taskId } = node.options
  if (taskId !== undefined && !isWhole) yield innerTaskId(node)
  if (taskId !== undefined && isWhole) yield* badId(taskId)
  switch (node.kind) {
    case 'task':
      return yield* callProblems(node, home)
    case 'chord':
      return yield* [quorumProblem(node)].filter((problem) => problem !== null)
    case 'map':
    case 'starmap':
    case 'chunks': {
      const asCall: TaskNode = { ...node.task, args: [node.items], kwargs: {} }
      const read = readArguments(asCall, null)
      if ('code' in read) yield { ...read, path: read.path.replace('args[0]', 'items') }
      return
    }
    case 'chain':
    case 'group':
      return
  }
}

function* callProblems(node: TaskNode, home: Home | null): Generator<Problem> {
  if (home !== null && !home.knows(node.task)) {
    const message = `No task named ${JSON.stringify(node.task)} is registered in this app. If it lives elsewhere, send it to a queue that is served there.`
    yield { code: 'task-unknown', path: 'task', message }
  }
  const read = readArguments(node, home?.mostArguments(node.task) ?? null)
  if ('code' in read) yield read
}

function* badId(id: string): Generator<Problem> {
  try {
    checkRunId(id)
  } catch (error) {
    if (error instanceof ArpeggioError)
      yield { code: error.code, path: 'options.taskId', message: error.message }
  }
}
