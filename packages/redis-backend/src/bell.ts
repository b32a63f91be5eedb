import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Link } from './link.ts'

/** Longest time between two looks, even if nobody rings: what was left by the dead is found then. */
const LONGEST_SLEEP_MS = 2_000
/** Until who sleeps looks for himself, when nobody can ring. */
const DEAF_MS = 250

/** Waits, on a line of its own, until some script wakes this process. */
export class Bell {
  readonly #link: Link
  readonly #keys: readonly string[]
  readonly #onRing: () => void
  #line: Redis | null = null
  #isListening = false

  constructor(link: Link, keys: readonly string[], onRing: () => void) {
    this.#link = link
    this.#keys = keys
    this.#onRing = onRing
  }

  /** Somebody sleeps. */
  listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    void this.#wait()
  }

  async #wait(): Promise<void> {
    const ms = Math.min(LONGEST_SLEEP_MS, this.#link.silenceMs / 2)
    try {
      this.#line ??= await this.#link.line(this.#keys[0] as string)
      await this.#line.blpop([...this.#keys], ms / 1_000)
    } catch {
      this.#line?.disconnect()
      this.#line = null
      await sleep(DEAF_MS, undefined, { signal: this.#link.closed }).catch(() => {})
    }
    this.#isListening = false
    this.#onRing()
  }
}
