import { conclude, fail, lose, replace, retry, succeed } from '../../machine/machine.ts'
import { Slots } from '../../memory/slots.ts'
import type { Effect } from '../../model/effect.ts'
import { ArpeggioError, TaskRevokedError } from '../../model/errors.ts'
import { LIMITS } from '../../model/limits.ts'
import type { CallMessage, SpreadMessage } from '../../model/message.ts'
import type { Outcome } from '../../model/outcome.ts'
import type { Delivery, Interruption } from '../../ports/backend.ts'
import { tellEnd, tellSent } from '../events/telling.ts'
import { settle } from '../runs/perform.ts'
import { TaskContext, type TaskWorld, within } from '../tasks/context.ts'
import type { Attempt } from '../tasks/ended.ts'
import { workerLost } from '../tasks/error-record.ts'
import { requestOf } from '../tasks/request.ts'
import { ruledBy } from '../tasks/rules.ts'
import { type Registry, type TaskDefinition, unregistered } from '../tasks/task.ts'
import { traced } from '../tasks/tracing.ts'
import { attemptAt } from './attempt.ts'
import { giveUpAfter, guard, isGivenUp, isOnce } from './guard.ts'

/** One delivery, from guard to acknowledgement. */
export interface Executor {
  /** What runs now. */
  readonly running: Iterable<Running>
  /** Done when its end is told; calls `onRun` before, when it has run: while its end is told, another may run in its slot. */
  execute(delivery: Delivery, onRun?: () => void): Promise<void>
  /** Asks all tasks that run now to stop. */
  abort(reason: Error): void
  /** Asks those to stop that the backend wants stopped. */
  interrupt(interruptions: readonly Interruption[]): void
}

/** A task that runs. */
export interface Running {
  readonly delivery: Delivery
  readonly context: TaskContext
  /** Epoch milliseconds. */
  readonly since: number
  /** It was asked to stop, because nobody shall run it. */
  isRevoked: boolean
}

/** The executor of some tasks: guard, run, judge, settle. */
export function createExecutor(registry: Registry, world: TaskWorld): Executor {
  const { backend } = world
  const running = new Slots<Running>()

  async function execute(delivery: Delivery, onRun: () => void = () => {}): Promise<void> {
    const { message, count } = delivery
    if (message.kind === 'spread') {
      onRun()
      tellSent(await settle(backend, delivery, spreadOn(delivery, message)), world)
      return
    }
    const rules = ruledBy(message, registry)
    const now = backend.clock.now()
    let effects = guard(delivery, message, rules, now)
    const givenUp = isGivenUp(effects)
    world.hear('task-received', () => ({ request: requestOf(message, count, world), givenUp }))
    let attempt: Attempt | null = null
    if (effects === null) {
      const context = new TaskContext(message, rules ?? unregistered(message, registry), count, world)
      const place = running.add({ delivery, context, since: now, isRevoked: false })
      try {
        attempt = await run(message, context, rules)
      } finally {
        running.free(place)
      }
      effects = judge(delivery, message, attempt.outcome, rules)
    }
    onRun()
    if (effects === null) {
      await backend.deliveries.release([delivery], 'rejected')
      const error = attempt?.error
      world.hear('task-rejected', () => ({ request: requestOf(message, count, world), error }))
      return
    }
    const granted = await settle(backend, delivery, effects)
    tellEnd({ message, count, attempt, rules }, granted, world, registry)
    tellSent(granted, world)
  }

  function run(
    message: CallMessage,
    context: TaskContext,
    rules: TaskDefinition = unregistered(message, registry),
  ): Promise<Attempt> {
    const task = registry.tasks.get(message.task) ?? unregistered(message, registry)
    world.tell?.({ kind: 'task-started', message, attempt: context.deliveries })
    const attempt = () => attemptAt(task, message, context, rules, registry)
    const { tracing, report } = world
    return within(context, () =>
      tracing === null ? attempt() : traced(tracing, context.request, attempt, report),
    )
  }

  return {
    running,
    execute,
    abort(reason) {
      for (const { context } of running) context.abort(reason)
    },
    interrupt(interruptions) {
      const whys = new Map(interruptions.map(({ delivery, why }) => [delivery, why]))
      for (const task of running) {
        const why = whys.get(task.delivery)
        if (why === undefined) continue
        task.isRevoked ||= why === 'halted'
        const { task: name, id } = task.context.message
        task.context.end() // whoever has it now tells how it stands
        task.context.abort(
          why === 'halted'
            ? new TaskRevokedError(`${name} (${id}) was revoked while it ran`)
            : leaseLost(`${name} (${id})`, world.hostname),
        )
      }
    },
  }
}

/** Why a task shall stop of which nobody wants to hear any more. */
function leaseLost(task: string, worker: string): ArpeggioError {
  return new ArpeggioError(
    'lease-lost',
    `${task} lost its lease on the worker ${worker}: it is somebody else's now, and what comes of it here is dropped. Let it end when its signal is aborted, and see why this process stood still, or was cut off from its backend, for longer than a lease.`,
  )
}

/** Branches that workers die of when they start them fail, so that their chord hears of them. */
function spreadOn({ count }: Delivery, message: SpreadMessage): Effect[] {
  if (count <= LIMITS.deliveries) return [{ do: 'read-branches', spread: message }]
  const reason = `the branches of ${message.id} were to be started ${LIMITS.deliveries} times, and never were`
  return [{ do: 'bury', message, reason }, ...lose(message, LIMITS.branchesPerCommit, workerLost(reason))]
}

/** From what came of it to what shall be done; null if its message goes back to the queue. */
function judge(
  { count }: Delivery,
  message: CallMessage,
  outcome: Outcome,
  rules: TaskDefinition | undefined,
): Effect[] | null {
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
    case 'requeue':
      if (isOnce(rules)) return fail(message, outcome.error)
      if (count < LIMITS.deliveries) return null
      return giveUpAfter(message, count, outcome.error)
  }
}
