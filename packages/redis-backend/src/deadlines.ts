import type { Clock } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { runScript } from './scripts.ts'

/** What a timer of Node can wait at most. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Until it is tried again, when the server could not be asked. */
const PAUSE_MS = 1_000

/** Where, by whose clock, and until when deadlines are kept. */
interface Keeping {
  readonly redis: Commands
  readonly keys: Keys
  readonly clock: Clock
  readonly closed: AbortSignal
}

/**
 * Keeps the deadlines of the runs of a partition: when the next that is known here has come, the server is asked to cancel
 * what is overdue. Whoever works or waits does so; it needs doing once, and twice is no harm.
 */
export class Deadlines {
  readonly #with: Keeping
  #next = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(keeping: Keeping) {
    this.#with = keeping
    keeping.closed.addEventListener('abort', () => clearTimeout(this.#timer))
  }

  /** There is one at this moment, as a script tells it; '' if there is none. */
  expect(moment: string): void {
    if (moment === '' || Number(moment) >= this.#next || this.#with.closed.aborted) return
    this.#next = Number(moment)
    clearTimeout(this.#timer)
    const left = this.#next - this.#with.clock.now()
    this.#timer = setTimeout(() => void this.#keep(), Math.min(Math.max(left, 1), LONGEST_TIMER_MS)).unref()
  }

  async #keep(): Promise<void> {
    this.#next = Number.POSITIVE_INFINITY
    try {
      const { redis, keys } = this.#with
      this.expect((await runScript(redis, 'keep-time', keys.prefix, [''])) as string)
    } catch {
      this.expect(String(this.#with.clock.now() + PAUSE_MS))
    }
  }
}

/** Cancels a run if its deadline has passed. */
export async function keepTime(redis: Commands, keys: Keys, run: string): Promise<void> {
  await runScript(redis, 'keep-time', keys.prefix, [run])
}
