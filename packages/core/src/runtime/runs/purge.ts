import { fail, lose } from '../../machine/machine.ts'
import type { Effect } from '../../model/effect.ts'
import { TaskRevokedError } from '../../model/errors.ts'
import { LIMITS } from '../../model/limits.ts'
import { show } from '../../model/show.ts'
import type { Backend, Delivery } from '../../ports/backend.ts'
import { recordError } from '../tasks/error-record.ts'
import { settle } from './perform.ts'

/** How many are taken at once. */
const AT_ONCE = 100
const WITHOUT_WAITING = AbortSignal.abort()

/**
 * Ends all that waits in some queues, as revoked, so that who waits for it is told; gives how many tasks that were. Errbacks
 * are left where they are: they are for those who shall know of it. What is delayed is not in a queue yet.
 */
export async function purge(backend: Backend, queues: readonly string[]): Promise<number> {
  const spared: Delivery[] = []
  let purged = 0
  try {
    for (;;) {
      const taken = await backend.deliveries.receive(queues, AT_ONCE, WITHOUT_WAITING)
      if (taken.length === 0) return purged
      for (const delivery of taken) {
        if (delivery.message.aside) spared.push(delivery)
        else {
          await settle(backend, delivery, endOf(delivery))
          purged++
        }
      }
    }
  } finally {
    if (spared.length > 0) await backend.deliveries.release(spared, 'unrun')
  }
}

function endOf({ message }: Delivery): Effect[] {
  const { kind, id, options } = message
  const who = kind === 'call' ? `${message.task} (${id}) was` : `what was left to send of the group ${id} was`
  const purged = `${who} purged from the queue ${show(options.queue ?? 'default')}`
  const error = { ...recordError(new TaskRevokedError(purged)), stack: null }
  return message.kind === 'call'
    ? fail(message, error, 'REVOKED')
    : lose(message, LIMITS.branchesPerCommit, error)
}
