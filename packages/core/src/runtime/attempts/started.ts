import { pid } from 'node:process'
import type { CallMessage } from '../../model/message.ts'
import type { TaskWorld } from '../tasks/context.ts'

/** Tells that a task runs now, and where. Nobody can look at what keeps no result; a task that nobody hears of runs all the same. */
export async function tellStarted({ id, options }: CallMessage, world: TaskWorld): Promise<void> {
  if (options.ignoreResult === true) return
  try {
    await world.backend.results.note(id, 'STARTED', {
      hostname: world.hostname,
      pid,
      since: world.backend.clock.now(),
    })
  } catch (error) {
    world.report(`The start of ${id} could not be told`, error)
  }
}
