import {
  type AsyncResult,
  applyEagerly,
  builtInTasks,
  type Registry,
  type TaskDefinition,
  UNHEARD,
  WHOLE,
} from '@arpeggio/core'
import { readArguments } from '../compile/arguments.ts'
import { compile } from '../compile/compile.ts'
import { fold } from '../node/fold.ts'
import type { Node } from '../node/node.ts'
import type { Home } from './home.ts'
import { runNameOf } from './run-name.ts'

/**
 * Home of what holds no task, such as the group of an empty list: nothing tells which app it belongs to, and no worker is
 * needed for its value. It runs at once, in a private memory.
 */
export const nowhere: Home = {
  launch: run,
  apply: run,
  compile: (node, site) =>
    compile(node, site, {
      now: Date.now(),
      carried: null,
      defaultsFor: () => ({}),
      queueProblem: () => null,
      mostArguments: () => null,
      refusal: () => null,
      readArguments: nowhere.readArguments,
    }),
  taskProblem: () => null,
  mostArguments: () => null,
  readArguments: (node) => readArguments(node),
  queueProblem: () => null,
}

/** Whether there is nothing in a canvas that somebody would have to run. */
export function isTaskless(node: Node): boolean {
  return fold<boolean>(node, (here, of) => {
    const { link = [], linkError = [] } = here.options
    if (![...link, ...linkError].every(of)) return false
    switch (here.kind) {
      case 'chain':
        return here.steps.every(of)
      case 'group':
        return here.members.every(of)
      case 'chord':
        return here.header.every(of) && of(here.body)
      case 'task':
      case 'map':
      case 'starmap':
      case 'chunks':
        return false
      default:
        return here satisfies never
    }
  })
}

async function run(node: Node): Promise<AsyncResult<unknown>> {
  const tasks = new Map<string, TaskDefinition>()
  for (const task of builtInTasks(tasks)) tasks.set(task.name, task)
  const registry: Registry = { tasks, errors: new Map(), random: Math.random }
  const compiled = nowhere.compile(node, WHOLE)
  const { id } = runNameOf(node, compiled.plan, () => null)
  return applyEagerly(registry, UNHEARD, id, compiled)
}
