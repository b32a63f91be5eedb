import { pid } from 'node:process'
import type { TaskContext } from '../tasks/context.ts'

/** Tells that a task runs now, and where. Nobody can look at what keeps no result. */
export async function tellStarted(context: TaskContext): Promise<void> {
  if (context.message.options.ignoreResult === true) return
  const { hostname, backend } = context.world
  await context.note('STARTED', { hostname, pid, since: backend.clock.now() })
}
