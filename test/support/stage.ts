import { App, Signature } from '@arpeggio/canvas'
import {
  type AsyncResult,
  type Backend,
  builtInTasks,
  type Compiled,
  createExecutor,
  type Duration,
  type Executor,
  launch,
  type MemoryBackend,
  memoryBackend,
  resultOfRun,
  type Site,
  type TaskContext,
  type TaskDefinition,
  UNHEARD,
  virtualClock,
  WHOLE,
} from '@arpeggio/core'
import type { Node } from '../../packages/canvas/src/node/node.ts'
import { defineTask } from '../../packages/canvas/src/tasks/definition.ts'
import type { Canvas } from './arbitrary-canvas.ts'
import { ACTS, playOf, type Table, type Witness } from './task-table.ts'

/** An app whose tasks do what a table says. */
export function appOf(
  table: Table,
  { patience = '3m', ...options }: { readonly backend?: Backend; readonly patience?: Duration } = {},
): { app: App; seen: Witness[] } {
  const app = new App(options)
  const seen: Witness[] = []
  const play = playOf(
    table,
    (node) => new Signature(node, app),
    (witness) => seen.push(witness),
    patience,
  )
  for (const name of ACTS)
    app.task({ name, bind: true, typing: false }, (self, ...args) => play(self as TaskContext, args))
  return { app, seen }
}

/** A table's tasks on a backend whose deliveries the test hands out itself. */
export interface Stage {
  readonly backend: Backend
  readonly executor: Executor
  readonly seen: readonly Witness[]
  start(node: Node): Promise<AsyncResult<unknown>>
}

export function stageOf(table: Table, backend: Backend): Stage {
  const seen: Witness[] = []
  const tasks = new Map<string, TaskDefinition>()
  const play = playOf(
    table,
    (node) => ({ toPlan: (site) => planOf(node, site) }),
    (witness) => seen.push(witness),
  )
  for (const name of ACTS) {
    const run = (self: TaskContext, ...args: readonly unknown[]) => play(self, args)
    tasks.set(name, defineTask(run, { name, bind: true, typing: false }).task)
  }
  for (const task of builtInTasks(tasks)) tasks.set(task.name, task)
  const registry = { tasks, errors: new Map(), random: () => 0 }
  const world = {
    ...UNHEARD,
    backend,
    isEager: false,
    stopwatch: backend.clock,
    block: () => () => {},
  }
  return {
    backend,
    executor: createExecutor(registry, world),
    seen,
    async start(node) {
      const run = 'run'
      const compiled = planOf(node, WHOLE)
      await launch(backend, run, compiled)
      return resultOfRun({ backend, errors: registry.errors }, run, compiled.shape)
    },
  }
}

/** A compiled drawing. */
export function planOf(node: Node, site: Site): Compiled {
  return compiler.compile(node, site)
}

const compiler = new App()

/** One turn of the event loop: all that can go on without a timer has gone on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Plays a canvas to its end, undisturbed. */
export async function playThrough({ node, table }: Canvas): Promise<AsyncResult<unknown>> {
  const clock = virtualClock(NOW)
  const backend = memoryBackend({ clock })
  const { executor, start } = stageOf(table, backend)
  const result = await start(node)
  while (!(await result.run.progress()).over) {
    const [delivery] = await backend.deliveries.receive(backend.queueNames(), 1, STOPPED)
    if (delivery !== undefined) await executor.execute(delivery)
    else clock.advanceTo(dueNext(backend))
  }
  return result
}

/** When a run goes on that has nothing to do now. A run that waits for nothing will never end. */
export function dueNext(backend: MemoryBackend): number {
  const due = backend.nextDue()
  if (due === null) throw new Error('the run is not over, and nothing is left to do')
  return due
}

/** When tests begin: a moment like any other. */
export const NOW: number = Date.UTC(2026, 0)
/** For taking what there is, without waiting for more. */
export const STOPPED: AbortSignal = AbortSignal.abort()
