import type { TaskNode } from './node.ts'

/** The task that gives the list of its arguments; without any, it is what an empty group means. */
export const EMPTY_LIST: TaskNode = {
  kind: 'task',
  task: 'celery.accumulate',
  args: [],
  kwargs: {},
  options: {},
  immutable: true,
}

/** One message that runs the task over each item. */
export function mapTask(kind: 'map' | 'starmap', task: TaskNode, items: readonly unknown[]): TaskNode {
  const { task: name, args, kwargs } = task
  return {
    kind: 'task',
    task: `celery.${kind}`,
    args: [],
    kwargs: { it: items, task: { task: name, args, kwargs } },
    options: task.options,
    immutable: true,
  }
}

/** Starmaps of at most `size` items each. */
export function chunksOf(task: TaskNode, items: readonly unknown[], size: number): TaskNode[] {
  const chunks: TaskNode[] = []
  for (let from = 0; from < items.length; from += size) {
    chunks.push(mapTask('starmap', task, items.slice(from, from + size)))
  }
  return chunks
}

/** Whose own options count: those of the task that is mapped, not of what maps it. */
export function routeOf({ task, kwargs }: TaskNode): string {
  return isMap(task) ? ((kwargs as { task?: { task?: string } }).task?.task ?? task) : task
}

/** Whether a task runs another one over a list. */
export function isMap(task: string): boolean {
  return task === 'celery.map' || task === 'celery.starmap'
}
