import type { App } from '@arpeggio/canvas'

/** How long a worker has to come, in real milliseconds, before it is said that there is none. */
const GRACE_MS = 1_000

/**
 * Warns, once, of a call that an app itself sends while its twin is meant, until what it gives is called: where the app lives
 * nobody works, and so it would wait there in silence. Where somebody does work, or the app runs all at once, it is meant so.
 */
export function warnOfStrays(app: App, warn: (problem: string) => void): () => void {
  const leaving = new AbortController()
  const unhear = app.on('task-sent', ({ request: { task, isEager } }) => {
    if (isEager || app.config.taskAlwaysEager) return
    unhear()
    const timer = setTimeout(() => void look(task), GRACE_MS).unref()
    leaving.signal.addEventListener('abort', () => clearTimeout(timer))
  })

  async function look(task: string): Promise<void> {
    const workers = await app.control.ping().catch(() => null) // it was closed, or nobody reaches its backend
    if (workers === null || leaving.signal.aborted || Object.keys(workers).length > 0) return
    warn(
      `A call of ${task} was sent by the app itself, where no worker is, and not by its twin in virtual time. Send it there: time.send(canvas), or signature(canvas, time.app).delay()`,
    )
  }

  return () => {
    unhear()
    leaving.abort()
  }
}
