import { ArpeggioError } from '../model/errors.ts'
import { runOf } from '../model/message.ts'
import type { Backend, Change } from '../ports/backend.ts'
import { currentTask } from './context.ts'

/** How long the last look may take when the time is over. */
const LAST_LOOK_MS = 1_000

/** What a waiter wants to know. */
export interface Wait<V> {
  readonly id: string
  readonly timeoutMs: number | null
  /** Wait even inside a running task. */
  readonly allowInTask: boolean
  /** Is told of every change that is heard. */
  readonly onMessage: ((change: Change) => unknown) | null
  /** The nodes whose changes it hears; null: all of the run. */
  readonly hears: readonly string[] | null
  /** Whether a change is worth another look. */
  concerns(change: Change): boolean
  /** What there is to see; null if it is not there yet. The changes since the last look; null: look at everything. */
  look(changes: readonly Change[] | null): Promise<{ readonly value: V } | null>
}

/**
 * Looks, listens, and looks again at every change, until there is something to see. No wake-up is lost: what happens
 * between the first look and the listening is seen by the second look. The deadline runs from the start; when it has come
 * there is one last look, and a backend that does not answer even then is not waited for.
 */
export async function until<V>(backend: Backend, wait: Wait<V>): Promise<V> {
  const { id, timeoutMs } = wait
  const { clock } = backend
  const task = currentTask()
  if (task !== null && !wait.allowInTask) throw waitInTask(task.request.task, id)
  let heard: Change[] | null = null // null: everything may have changed
  let wake: () => void = () => {}
  let interrupt: (error: unknown) => void = () => {}
  const onClosed = (): void => interrupt(noLonger(id))
  let isLate = false
  function atDeadline(): void {
    isLate = true
    leaving.push(clock.at(clock.now() + LAST_LOOK_MS, () => interrupt(tooLate(id, timeoutMs))))
    wake()
  }
  const leaving: (() => void)[] = [() => wake(), () => backend.closed.removeEventListener('abort', onClosed)]
  let isLeft = false

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

  async function see(): Promise<V> {
    const first = await wait.look(null)
    if (first !== null) return first.value
    const stop = await backend.results.watch(runOf(id), hear, wait.hears)
    if (isLeft) stop()
    else leaving.push(stop)
    while (!isLeft) {
      const changes = heard
      heard = []
      const found = await wait.look(changes)
      if (found !== null) return found.value
      if (isLate) throw tooLate(id, timeoutMs)
      if (backend.closed.aborted) break
      await news()
    }
    throw noLonger(id)
  }

  const interrupted = new Promise<never>((_, reject) => {
    interrupt = (error) => {
      wake()
      reject(error)
    }
    backend.closed.addEventListener('abort', onClosed)
    if (timeoutMs !== null) leaving.push(clock.at(clock.now() + timeoutMs, atDeadline))
  })
  const seen = see()
  seen.catch(() => {}) // when it was interrupted, nobody hears of it any more
  try {
    return await Promise.race([seen, interrupted])
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

function tooLate(id: string, timeoutMs: number | null): ArpeggioError {
  const message = `${id} had not ended after ${timeoutMs} ms. It goes on; wait longer, or cancel its run.`
  return new ArpeggioError('timeout', message)
}

function noLonger(id: string): ArpeggioError {
  return new ArpeggioError('app-closed', `${id} is not waited for any longer: its app was closed.`)
}
