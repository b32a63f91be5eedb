import type { Json } from '../../model/json.ts'
import type { TaskContext } from './context.ts'
import type { Ended } from './ended.ts'
import type { Packer } from './packer.ts'
import { type Returned, returnedBy } from './returned.ts'

/** What a task has done around each attempt at it. */
export interface Handlers {
  /** Before the function; what it throws is thrown by the task. */
  beforeStart?(self: TaskContext): unknown
  onSuccess?(self: TaskContext, value: Json): unknown
  onFailure?(self: TaskContext, error: unknown): unknown
  onRetry?(self: TaskContext, error: unknown): unknown
  /** After all of them, whatever came of the attempt. */
  afterReturn?(self: TaskContext, returned: Returned): unknown
}

/** Whether there is anything to tell them. */
export function hasAny({ onSuccess, onFailure, onRetry, afterReturn }: Handlers): boolean {
  return (onSuccess ?? onFailure ?? onRetry ?? afterReturn) !== undefined
}

/**
 * Tells the handlers what came of an attempt, before anybody else hears of it. What they throw is reported: the outcome is
 * what it is.
 */
export async function tellHandlers(
  handlers: Handlers,
  { open }: Packer,
  self: TaskContext,
  ended: Ended,
): Promise<void> {
  const returned = returnedBy(ended)
  const tell = async (name: keyof Handlers, deed: () => unknown): Promise<void> => {
    try {
      await deed()
    } catch (error) {
      const { task, id } = self.request
      self.world.report(`${name} of ${task} threw, for ${id}; what came of that stays as it is`, error)
    }
  }
  if (returned.state === 'SUCCESS' && handlers.onSuccess)
    await tell('onSuccess', () => handlers.onSuccess?.(self, open(returned.value) as Json))
  if (returned.state === 'FAILURE' && handlers.onFailure)
    await tell('onFailure', () => handlers.onFailure?.(self, returned.error))
  if (returned.state === 'RETRY' && handlers.onRetry)
    await tell('onRetry', () => handlers.onRetry?.(self, returned.error))
  if (handlers.afterReturn)
    await tell('afterReturn', () => handlers.afterReturn?.(self, opened(returned, open)))
}

function opened(returned: Returned, open: Packer['open']): Returned {
  return returned.state === 'SUCCESS' ? { ...returned, value: open(returned.value) as Json } : returned
}
