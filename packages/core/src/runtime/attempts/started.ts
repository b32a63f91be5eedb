import { pid } from 'node:process'
import type { TaskContext } from '../tasks/context.ts'

/** Tells that a task runs now, and where. Nobody can look at what keeps no result. */
export async function tellStarted({ message, world, notes }: TaskContext): Promise<void> {
  if (message.options.ignoreResult === true) return
  const { hostname, backend } = world
  await notes.write('STARTED', { hostname, pid, since: backend.clock.now() })
}
