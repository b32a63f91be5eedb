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
  let wake: () => void = () => {}
  const stop = await backend.results.watch(runOf(id), (change) => {
    if (change === null) everything = true
    else {
      onMessage?.(change)
      if (!wait.concerns(change)) return
      changes.push(change)
    }
    wake()
  })
  const callOff = timeoutMs === null ? () => {} : backend.clock.at(backend.clock.now() + timeoutMs, expire)
  function expire(): void {
    late = true
    wake()
  }
  try {
    for (;;) {
      const heard = everything ? null : changes
      changes = []
      everything = false
      const found = await wait.look(heard)
      if (found !== null) return found.value
      if (late) {
        throw new ArpeggioError(
          'timeout',
          `${id} had not ended after ${timeoutMs} ms. It goes on; wait longer, or cancel its run.`,
        )
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (changes.length > 0 || everything || late) resolve()
      })
    }
  } finally {
    stop()
    callOff()
  }
}
