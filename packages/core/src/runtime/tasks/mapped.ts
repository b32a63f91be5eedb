import type { CallMessage } from '../../model/message.ts'

/** Whether a task runs another one over a list. */
export function isMap(task: string): boolean {
  return task === 'celery.map' || task === 'celery.starmap'
}

/** The name of the task that a message maps, if it does. */
export function mappedTask({ task, kwargs }: CallMessage): string | null {
  return isMap(task) ? ((kwargs['task'] as { task?: string } | undefined)?.task ?? null) : null
}
