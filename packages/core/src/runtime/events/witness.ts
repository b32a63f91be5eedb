import type { Wish } from '../../model/effect.ts'
import type { CallMessage } from '../../model/message.ts'
import type { ErrorRecord } from '../../model/outcome.ts'
import type { Launch } from '../../model/run.ts'
import type { Awaitable, Backend, Delivery } from '../../ports/backend.ts'
import type { Happening } from '../tasks/happening.ts'
import type { EventLog } from './event-log.ts'

/**
 * The same backend, before a witness: what it has granted has happened, and is told. What it refused has not, so nobody
 * hears of the end of a task whose lease was lost. What happens twice may be told twice.
 */
export function witnessed(backend: Backend, { isOn, tell }: EventLog): Backend {
  const { deliveries, results, runs } = backend

  function tellAll(happenings: readonly Happening[]): void {
    for (const happening of happenings) tell(happening)
  }

  /** Whoever ends the last of a run finds it over. Nothing depends on that being told. */
  async function tellIfOver(run: string): Promise<void> {
    const record = await runs.get(run)
    if (record === null || record.progress.over)
      tell({ kind: 'run-finished', run, progress: record?.progress ?? null })
  }

  /** What follows from an answer is told when it has come. */
  function after<T>(answer: Awaitable<T>, then: (answer: T) => void): Awaitable<T> {
    if (!(answer instanceof Promise)) {
      then(answer)
      return answer
    }
    return answer.then((value) => {
      then(value)
      return value
    })
  }

  return {
    ...backend,
    deliveries: {
      ...deliveries,
      submit(launch, wishes) {
        const answer = deliveries.submit(launch, wishes)
        if (!isOn()) return answer
        return after(answer, (known) => {
          if (known === 'started') tellAll([started(launch), ...sent(wishes, null)])
        })
      },
      commit(delivery, wishes) {
        const answer = deliveries.commit(delivery, wishes)
        if (!isOn()) return answer
        return after(answer, ({ kind }) => {
          if (kind !== 'done') return
          const { message } = delivery
          tellAll([...ends(delivery, wishes), ...sent(wishes, message.kind === 'call' ? message : null)])
          if (!wishes.some((wish) => wish.do === 'publish')) tellIfOver(message.run).catch(() => {})
        })
      },
      release(given, why) {
        const answer = deliveries.release(given, why)
        if (why === 'unrun' || !isOn()) return answer
        return after(answer, () => tellAll(given.flatMap(rejected)))
      },
    },
    results: {
      ...results,
      note(id, state, meta) {
        const answer = results.note(id, state, meta)
        if (state === 'STARTED' || !isOn()) return answer // that is told by who starts it
        return after(answer, () => tell({ kind: 'task-progress', id, state, meta }))
      },
    },
  }
}

function started({ id, root, parent, calls }: Launch): Happening {
  return { kind: 'run-started', run: id, root, parent, total: calls }
}

/** The calls among the wishes, but for the same one once more. */
function sent(wishes: readonly Wish[], but: CallMessage | null): Happening[] {
  return wishes.flatMap((wish) => {
    if (wish.do !== 'publish' || wish.message.kind !== 'call') return []
    return but !== null && isRetry(wish.message, but) ? [] : [{ kind: 'task-sent', message: wish.message }]
  })
}

function isRetry(message: CallMessage, of: CallMessage): boolean {
  return message.id === of.id && message.retries > of.retries
}

function rejected({ message, count: attempt }: Delivery): Happening[] {
  return message.kind === 'call' ? [{ kind: 'task-rejected', message, attempt }] : []
}

/** How the attempt ended, as the wishes have it. */
function ends({ message, count: attempt }: Delivery, wishes: readonly Wish[]): Happening[] {
  if (message.kind !== 'call') return []
  for (const wish of wishes) {
    switch (wish.do) {
      case 'store':
        if (wish.id === message.id) return [ended(message, attempt, wish)]
        break
      case 'note':
        if (wish.state !== 'RETRY' || wish.id !== message.id) break
        return [{ kind: 'task-retried', message, attempt, error: wish.meta as unknown as ErrorRecord }]
      case 'graft':
        if (wish.at === message.at) return [{ kind: 'task-replaced', message, attempt }]
        break
      case 'bury':
      case 'join':
      case 'keep':
      case 'launch':
      case 'open':
      case 'publish':
      case 'widen':
        break
      default:
        return wish satisfies never
    }
  }
  return []
}

function ended(
  message: CallMessage,
  attempt: number,
  { verdict }: Extract<Wish, { do: 'store' }>,
): Happening {
  switch (verdict.state) {
    case 'SUCCESS':
      return { kind: 'task-succeeded', message, attempt }
    case 'IGNORED':
      return { kind: 'task-ignored', message, attempt }
    case 'FAILURE':
      return { kind: 'task-failed', message, attempt, error: verdict.failure.error }
    case 'REVOKED':
      return { kind: 'task-revoked', message, attempt, error: verdict.failure.error }
  }
}
