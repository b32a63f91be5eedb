import { conclude, endAs, fail, lose, replace, retry, succeed } from '../machine/machine.ts'
import type { Effect } from '../model/effect.ts'
import { ArpeggioError, TaskRevokedError } from '../model/errors.ts'
import { type JsonObject, thaw } from '../model/json.ts'
import { LIMITS } from '../model/limits.ts'
import type { CallMessage, SpreadMessage } from '../model/message.ts'
import type { ErrorRecord, Outcome } from '../model/outcome.ts'
import type { Delivery, Interruption } from '../ports/backend.ts'
import { TaskContext, type TaskWorld, within } from './context.ts'
import { recordError, workerLost } from './error-record.ts'
import { outcomeOfThrown, outcomeOfValue } from './outcome-of.ts'
import { settle } from './perform.ts'
import type { Registry, TaskDefinition } from './task.ts'
import { limited } from './time-limit.ts'

/** One delivery, from guard to acknowledgement. */
export interface Executor {
  execute(delivery: Delivery): Promise<void>
  /** Asks all tasks that run now to stop. */
  abort(reason: Error): void
  /** Asks those to stop that the backend wants stopped. */
  interrupt(interruptions: readonly Interruption[]): void
}

/** The executor of some tasks: guard, run, judge, settle. */
export function createExecutor(registry: Registry, world: TaskWorld): Executor {
  const { backend } = world
  const running = new Map<Delivery, TaskContext>()

  async function execute(delivery: Delivery): Promise<void> {
    const { message } = delivery
    if (message.kind === 'spread') return settle(backend, delivery, spreadOn(delivery, message))
    const guarded = guard(delivery, message, backend.clock.now())
    if (guarded !== null) return settle(backend, delivery, guarded)
    const task = registry.tasks.get(message.task)
    const outcome = task ? await run(task, message, delivery) : unregistered(message)
    if (outcome.kind !== 'requeue') return settle(backend, delivery, judge(message, outcome))
    if (delivery.count < LIMITS.deliveries) return backend.deliveries.release([delivery], 'rejected')
    return settle(backend, delivery, giveUp(message, `was rejected ${delivery.count} times`, outcome.error))
  }

  async function run(task: TaskDefinition, message: CallMessage, delivery: Delivery): Promise<Outcome> {
    const context = new TaskContext(message, task.defaults, delivery.count, world)
    running.set(delivery, context)
    world.tell?.({ kind: 'task-started', message, attempt: delivery.count })
    try {
      const args = message.args.map(thaw)
      const kwargs = thaw(message.kwargs) as JsonObject
      const value = await within(context, () =>
        limited(world, message, context, () => task.run(args, kwargs, context)),
      )
      return outcomeOfValue(value, context.added, task, message)
    } catch (thrown) {
      return outcomeOfThrown(thrown, task, message, registry)
    } finally {
      running.delete(delivery)
    }
  }

  return {
    execute,
    abort(reason) {
      for (const context of running.values()) context.abort(reason)
    },
    interrupt(interruptions) {
      for (const { delivery, why } of interruptions) {
        const revoked = why === 'halted'
        const reason = revoked
          ? new TaskRevokedError('the task was revoked while it ran')
          : new Error('its lease was lost')
        running.get(delivery)?.abort(reason)
      }
    },
  }
}

/** Reasons not to run a delivery at all. */
function guard(delivery: Delivery, message: CallMessage, now: number): Effect[] | null {
  if (delivery.verdict !== null) return endAs(message, delivery.verdict)
  const { expires } = message.options
  if (expires !== undefined && now > expires) {
    const error = new TaskRevokedError(
      `${message.task} expired at ${new Date(expires).toISOString()}, before it could start`,
    )
    return fail(message, recordError(error), 'REVOKED')
  }
  if (delivery.count > LIMITS.deliveries) {
    return giveUp(message, `was delivered ${LIMITS.deliveries} times and never came to an end`)
  }
  return null
}

/** It fails, and is set aside for people to look at. */
function giveUp(message: CallMessage, what: string, cause: ErrorRecord | null = null): Effect[] {
  const reason = `${message.task} ${what}`
  const error = cause === null ? workerLost(reason) : { type: 'Reject', message: reason, stack: null, cause }
  return [{ do: 'bury', message, reason }, ...fail(message, error)]
}

/** Branches that workers die of when they start them fail, so that their chord hears of them. */
function spreadOn({ count }: Delivery, message: SpreadMessage): Effect[] {
  if (count <= LIMITS.deliveries) return [{ do: 'read-branches', spread: message }]
  const reason = `the branches of ${message.id} were to be started ${LIMITS.deliveries} times, and never were`
  return [{ do: 'bury', message, reason }, ...lose(message, LIMITS.branchesPerCommit, workerLost(reason))]
}

function unregistered(message: CallMessage): Outcome {
  const error = new ArpeggioError(
    'task-unknown',
    `No task named ${JSON.stringify(message.task)} is registered in this worker's app. Register it, or send it to a queue whose workers know it.`,
  )
  return { kind: 'failure', error: recordError(error) }
}

/** From what came of it to what shall be done. */
function judge(message: CallMessage, outcome: Exclude<Outcome, { kind: 'requeue' }>): Effect[] {
  switch (outcome.kind) {
    case 'success':
      return succeed(message, outcome.value, outcome.added)
    case 'failure':
      return fail(message, outcome.error)
    case 'retry':
      return retry(message, outcome.error, outcome.again)
    case 'ignore':
      return conclude(message, { state: 'IGNORED' })
    case 'replace':
      return replace(message, outcome.by, outcome.input)
  }
}
