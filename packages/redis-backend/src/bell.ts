import type { Client } from './link.ts'

/** Longest time between two looks, even if nobody rings: what was left by the dead is found then. */
const LONGEST_SLEEP_MS = 2_000

/** Waits, on a connection of its own, until some script wakes this process. */
export class Bell {
  readonly #client: Client
  readonly #keys: readonly string[]
  readonly #longestMs: number
  readonly #onRing: () => void
  #isListening = false

  constructor(client: Client, keys: readonly string[], longestMs: number, onRing: () => void) {
    this.#client = client
    this.#keys = keys
    this.#longestMs = Math.min(longestMs, LONGEST_SLEEP_MS)
    this.#onRing = onRing
  }

  /** Somebody sleeps, until then at the latest (epoch milliseconds by this process's clock). */
  listen(until: number | null): void {
    if (this.#isListening) return
    this.#isListening = true
    void this.#wait(until)
  }

  async #wait(until: number | null): Promise<void> {
    const ms = Math.min(until === null ? this.#longestMs : until - Date.now(), this.#longestMs)
    try {
      await this.#client.blpop([...this.#keys], Math.max(ms, 1) / 1_000)
    } catch {
      // The connection is gone or closed; whoever sleeps looks for himself, and listens again.
    }
    this.#isListening = false
    this.#onRing()
  }
}
