import type { Wish } from '../model/effect.ts'
import type { CallMessage } from '../model/message.ts'
import type { Failed } from '../model/outcome.ts'
import type { TaskWorld } from './context.ts'
import type { Attempt } from './ended.ts'
import { reviveError } from './error-record.ts'
import { requestOf, type TaskRequest } from './request.ts'
import type { Registry, TaskDefinition } from './task.ts'

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
  readonly request: () => TaskRequest
  /** What came of running it, if it was run. */
  readonly attempt: Attempt | null
  readonly rules: TaskDefinition | undefined
}

/** Tells what became of a delivery, of what the backend has granted: nothing else has happened. */
export function tellEnd(told: Told, wishes: readonly Wish[], { hear }: TaskWorld, registry: Registry): void {
  for (const wish of wishes) {
    if (!('id' in wish) || wish.id !== told.message.id) continue
    if (wish.do === 'note' && wish.state === 'RETRY') tellRetry(told, hear)
    if (wish.do !== 'store') continue
    const { verdict } = wish
    if (verdict.state === 'SUCCESS') tellSuccess(told, hear)
    else if (verdict.state !== 'IGNORED') tellFailed(told, verdict, hear, registry)
  }
}

function tellSuccess({ request, attempt }: Told, hear: TaskWorld['hear']): void {
  if (attempt?.outcome.kind !== 'success') return // another worker ran it, and can tell nobody any more
  const { outcome, durationMs } = attempt
  hear('task-success', () => ({ request: request(), value: outcome.value, durationMs }))
}

function tellRetry({ request, attempt }: Told, hear: TaskWorld['hear']): void {
  if (attempt?.outcome.kind !== 'retry') return
  const { error, durationMs, outcome } = attempt
  const { countdown: countdownMs, eta } = outcome.again
  const at = eta === null ? null : new Date(eta)
  hear('task-retry', () => ({ request: request(), error, countdownMs, eta: at, durationMs }))
}

function tellFailed(
  { request, attempt, rules }: Told,
  { state, failure }: Failed,
  hear: TaskWorld['hear'],
  registry: Registry,
): void {
  const revived = () => reviveError(failure.error, registry.errors)
  if (state === 'REVOKED') {
    hear('task-revoked', () => ({ request: request(), error: revived() }))
    return
  }
  hear('task-failure', () => {
    const error = attempt?.outcome.kind === 'failure' ? attempt.error : revived()
    const expected = rules?.throws.some((known) => error instanceof known) ?? false
    return { request: request(), error, expected, durationMs: attempt?.durationMs ?? null }
  })
}
