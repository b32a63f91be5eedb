import { ArpeggioError } from '../../model/errors.ts'
import { runOf } from '../../model/message.ts'
import type { Backend, Change } from '../../ports/backend.ts'
import { currentTask } from '../tasks/context.ts'
import { onAbort } from '../waiting/on-abort.ts'

/** How long the last look may take when the time is over. */
const LAST_LOOK_MS = 1_000

/** What a waiter wants to know. */
export interface Wait<V> {
  readonly id: string
  readonly timeoutMs: number | null
  /** What explains that it takes so long, as a sentence behind another; it must not take long itself. */
  readonly why?: () => Promise<string>
  /** Wait even inside a running task. */
  readonly allowInTask: boolean
  /** Calls the wait off. */
  readonly signal: AbortSignal | null
  /** Is told of every change that is heard. */
  readonly onMessage: ((change: Change) => unknown) | null
  /** The nodes whose changes it hears; null: all of the run. */
  readonly hears: readonly string[] | null
  /** `look`, unless it was sent a moment ago: then it will not be there yet, and a look before listening is for nothing. */
  readonly first: 'look' | 'listen'
  /** Whether a change is worth another look. */
  concerns(change: Change): boolean
  /** What there is to see; null if it is not there yet. The changes since the last look; null: look at everything. */
  look(changes: readonly Change[] | null): Promise<{ readonly value: V } | null>
}

/**
 * Looks, listens, and looks again at every change, and hands out whatever there is to see, until nobody asks any more. No
 * wake-up is lost: what happens before it listens is seen by the look that follows. The deadline runs from
 * the start; when it has come there is one last look, and a backend that does not answer even then is not waited for.
 */
export async function* sightings<V>(backend: Backend, wait: Wait<V>): AsyncGenerator<V, never> {
  const { id, timeoutMs, signal } = wait
  const { clock } = backend
  const task = currentTask()
  if (task !== null && !wait.allowInTask) throw waitInTask(task.request.task, id)
  signal?.throwIfAborted()
  let heard: Change[] | null = null // null: everything may have changed
  let wake: () => void = () => {}
  let isLate = false
  let isLeft = false
  let broken: { readonly error: unknown } | null = null
  let onBroken: (error: unknown) => void = () => {}

  function interrupt(error: unknown): void {
    broken ??= { error }
    onBroken(error)
  }

  /** Whoever does it is not waited for when the wait was interrupted, nor heard of later. */
  function unlessBroken<T>(doing: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      onBroken = reject
      doing.then(resolve, reject)
      if (broken !== null) reject(broken.error)
    })
  }

  const leaving: (() => void)[] = [
    () => wake(),
    onAbort(backend.closed, () => interrupt(noLonger(id))),
    signal === null ? () => {} : onAbort(signal, () => interrupt(signal.reason)),
  ]

  function atDeadline(): void {
    isLate = true
    leaving.push(clock.at(clock.now() + LAST_LOOK_MS, () => interrupt(unanswered(id, timeoutMs))))
    wake()
  }

  function hear(change: Change | null): void {
    if (change === null) heard = null
    else {
      // A listener that fails ends its own wait, not the work of whoever tells it.
      try {
        Promise.resolve(wait.onMessage?.(change)).catch(interrupt)
      } catch (error) {
        interrupt(error)
      }
      if (!wait.concerns(change)) return
      heard?.push(change)
    }
    wake()
  }

  async function listen(): Promise<void> {
    const stop = await backend.results.watch(runOf(id), hear, wait.hears)
    if (isLeft) stop()
    else leaving.push(stop)
  }

  /** What it is was seen already: that nobody can say why must not hide it. */
  async function why(): Promise<string> {
    return wait.why === undefined ? '' : unlessBroken(wait.why()).catch(() => '')
  }

  /** While it waits for news, a scheduler that runs tasks one by one may go on with others. */
  async function news(): Promise<void> {
    if (heard === null || heard.length > 0 || isLate) return
    const goOn = task?.world.block(task)
    await new Promise<void>((resolve) => {
      wake = () => {
        goOn?.()
        resolve()
      }
    })
  }

  if (timeoutMs !== null) leaving.push(clock.at(clock.now() + timeoutMs, atDeadline))
  try {
    if (wait.first === 'look') {
      const first = await unlessBroken(wait.look(null))
      if (first !== null) yield first.value
    }
    await unlessBroken(listen())
    for (;;) {
      const isLast = isLate
      const changes = heard
      heard = []
      const found = await unlessBroken(wait.look(changes))
      if (found !== null) yield found.value
      if (isLast) throw tooLate(id, timeoutMs, await why())
      if (backend.closed.aborted) throw noLonger(id)
      await unlessBroken(news())
    }
  } finally {
    isLeft = true
    for (const deed of leaving) deed()
  }
}

function waitInTask(task: string, id: string): ArpeggioError {
  return new ArpeggioError(
    'wait-in-task',
    `${task} waits for ${id}. A task that waits for another holds a worker's slot, and enough of them wait for ever: chain them instead, or pass { allowInTask: true }.`,
  )
}

function tooLate(id: string, timeoutMs: number | null, why: string): ArpeggioError {
  const message = `${id} had not ended after ${timeoutMs} ms.${why} It goes on; wait longer, or cancel its run.`
  return new ArpeggioError('timeout', message)
}

/** Whether it has ended is not known: not even the last look came back. */
function unanswered(id: string, timeoutMs: number | null): ArpeggioError {
  const message = `${id} could not be looked at within ${timeoutMs} ms: its backend has not answered. What runs goes on; see that the backend can be reached, then ask again.`
  return new ArpeggioError('timeout', message)
}

function noLonger(id: string): ArpeggioError {
  return new ArpeggioError('app-closed', `${id} is not waited for any longer: its app was closed.`)
}
