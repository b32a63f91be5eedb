import { ArpeggioError } from '../model/errors.ts'
import { runOf } from '../model/message.ts'
import type { Backend, Change } from '../ports/backend.ts'

/** What a waiter wants to know. */
export interface Wait<V> {
  readonly id: string
  readonly timeoutMs: number | null
  /** Hears every change of the run. */
  readonly onMessage: ((change: Change) => void) | null
  /** Whether a change is worth another look. */
  concerns(change: Change): boolean
  /** What there is to see; null if it is not there yet. The changes since the last look; null: look at everything. */
  look(changes: readonly Change[] | null): Promise<{ readonly value: V } | null>
}

/**
 * Looks, listens, and looks again at every change, until there is something to see. No wake-up is lost: what happens
 * between the first look and the listening is seen by the second look.
 */
export async function until<V>(backend: Backend, wait: Wait<V>): Promise<V> {
  const { id, timeoutMs, onMessage } = wait
  const seen = await wait.look(null)
  if (seen !== null) return seen.value
  let changes: Change[] = []
  let everything = true
  let late = false
  let broken: { error: unknown } | null = null
  let wake: () => void = () => {}
  /** A listener that throws ends its own wait, not the work of whoever tells it. */
  function tell(change: Change): void {
    try {
      onMessage?.(change)
    } catch (error) {
      broken ??= { error }
    }
  }
  const stop = await backend.results.watch(runOf(id), (change) => {
    if (change === null) everything = true
    else {
      tell(change)
      if (wait.concerns(change)) changes.push(change)
      else if (!broken) return
    }
    wake()
  })
  const callOff = timeoutMs === null ? () => {} : backend.clock.at(backend.clock.now() + timeoutMs, expire)
  function expire(): void {
    late = true
    wake()
  }
  const onClosed = (): void => wake()
  backend.closed.addEventListener('abort', onClosed)
  try {
    for (;;) {
      const heard = everything ? null : changes
      changes = []
      everything = false
      const found = await wait.look(heard)
      if (broken !== null) throw (broken as { error: unknown }).error
      if (found !== null) return found.value
      if (backend.closed.aborted) {
        throw new ArpeggioError('app-closed', `${id} is not waited for any longer: its app was closed.`)
      }
      if (late) {
        throw new ArpeggioError(
          'timeout',
          `${id} had not ended after ${timeoutMs} ms. It goes on; wait longer, or cancel its run.`,
        )
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (changes.length > 0 || everything || late || broken !== null || backend.closed.aborted) resolve()
      })
    }
  } finally {
    stop()
    callOff()
    backend.closed.removeEventListener('abort', onClosed)
  }
}
