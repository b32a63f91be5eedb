import { ArpeggioError } from '../model/errors.ts'
import { runOf } from '../model/message.ts'
import type { Backend, Change } from '../ports/backend.ts'

/**
 * Looks, listens, and looks again at every change, until there is something to see. No wake-up is lost: what happens
 * between the first look and the listening is seen by the second look.
 */
export async function until<V>(
  backend: Backend,
  id: string,
  timeoutMs: number | null,
  onMessage: ((change: Change) => void) | null,
  look: (change: Change | null) => Promise<{ value: V } | null>,
): Promise<V> {
  const seen = await look(null)
  if (seen !== null) return seen.value
  let changes: (Change | null)[] = [null]
  let wake: () => void = () => {}
  let late = false
  const stop = await backend.results.watch(runOf(id), (change) => {
    if (change !== null) onMessage?.(change)
    changes.push(change)
    wake()
  })
  const callOff =
    timeoutMs === null
      ? () => {}
      : backend.clock.at(backend.clock.now() + timeoutMs, () => {
          late = true
          wake()
        })
  try {
    for (;;) {
      const heard = changes
      changes = []
      for (const change of heard) {
        const found = await look(change)
        if (found !== null) return found.value
      }
      if (late) {
        throw new ArpeggioError(
          'timeout',
          `${id} had not ended after ${timeoutMs} ms. It goes on; wait longer, or cancel its run.`,
        )
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (changes.length > 0 || late) resolve()
      })
    }
  } finally {
    stop()
    callOff()
  }
}
