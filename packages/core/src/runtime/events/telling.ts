import type { Wish } from '../../model/effect.ts'
import type { CallMessage } from '../../model/message.ts'
import type { Failed } from '../../model/outcome.ts'
import type { TaskWorld } from '../tasks/context.ts'
import type { Attempt } from '../tasks/ended.ts'
import { reviveError } from '../tasks/error-record.ts'
import { requestOf, type TaskRequest } from '../tasks/request.ts'
import type { Registry, TaskDefinition } from '../tasks/task.ts'

/** Tells of the messages among what was granted. */
export function tellSent(
  wishes: readonly Wish[],
  world: Pick<TaskWorld, 'hear' | 'hostname' | 'isEager'>,
): void {
  for (const wish of wishes) {
    if (wish.do !== 'publish' || wish.message.kind !== 'call') continue
    const { message } = wish
    world.hear('task-sent', () => ({ request: requestOf(message, 0, world) }))
  }
}

/** A delivery, and what was done about it. */
export interface Told {
  readonly message: CallMessage
  /** Which delivery of the message it is. */
  readonly count: number
  /** What came of running it, if it was run. */
  readonly attempt: Attempt | null
  readonly rules: TaskDefinition | undefined
}

/** Tells what became of a delivery, of what the backend has granted: nothing else has happened. */
export function tellEnd(told: Told, wishes: readonly Wish[], world: TaskWorld, registry: Registry): void {
  for (const wish of wishes) {
    if (!('id' in wish) || wish.id !== told.message.id) continue
    if (wish.do === 'note' && wish.state === 'RETRY') tellRetry(told, world)
    if (wish.do !== 'store') continue
    const { verdict } = wish
    if (verdict.state === 'SUCCESS') tellSuccess(told, world)
    else if (verdict.state !== 'IGNORED') tellFailed(told, verdict, world, registry)
  }
}

function requestIn({ message, count }: Told, world: TaskWorld): TaskRequest {
  return requestOf(message, count, world)
}

function tellSuccess(told: Told, world: TaskWorld): void {
  const { attempt } = told
  if (attempt?.outcome.kind !== 'success') return // another worker ran it, and can tell nobody any more
  const { outcome, durationMs } = attempt
  world.hear('task-success', () => ({ request: requestIn(told, world), value: outcome.value, durationMs }))
}

function tellRetry(told: Told, world: TaskWorld): void {
  const { attempt } = told
  if (attempt?.outcome.kind !== 'retry') return
  const { error, durationMs, outcome } = attempt
  const { countdown: countdownMs, eta } = outcome.again
  const at = eta === null ? null : new Date(eta)
  world.hear('task-retry', () => ({
    ...{ request: requestIn(told, world), error },
    ...{ countdownMs, eta: at, durationMs },
  }))
}

function tellFailed(told: Told, { state, failure }: Failed, world: TaskWorld, registry: Registry): void {
  const { attempt, rules } = told
  const revived = () => reviveError(failure.error, registry.errors)
  if (state === 'REVOKED') {
    world.hear('task-revoked', () => ({ request: requestIn(told, world), error: revived() }))
    return
  }
  world.hear('task-failure', () => {
    const error = attempt?.outcome.kind === 'failure' ? attempt.error : revived()
    const expected = rules?.throws.some((known) => error instanceof known) ?? false
    return { request: requestIn(told, world), error, expected, durationMs: attempt?.durationMs ?? null }
  })
}
