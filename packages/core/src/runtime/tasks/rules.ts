import type { CallMessage } from '../../model/message.ts'
import { mappedTask } from './mapped.ts'
import type { Registry, TaskDefinition } from './task.ts'

/** The task whose rules a message is run by: a map is retried, tracked and given up as the task it maps would be, all of it. */
export function ruledBy(message: CallMessage, { tasks }: Registry): TaskDefinition | undefined {
  return tasks.get(mappedTask(message) ?? message.task)
}
