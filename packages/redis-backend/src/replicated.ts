import type { Redis } from 'ioredis'
import { evaluate, type Runner, type Script } from './commands.ts'
import { keepAliveIf } from './grip.ts'
import { insist, Unconfirmed } from './insist.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { Argument } from './wire.ts'

/** How often the first wait for replicas goes into the time in which a server may be silent, or a sender has to hear. */
const WAITS = 4

/**
 * Runs scripts, each of which has been done when so many replicas have what it wrote, and all that was written before it. On a
 * line of its own: the server says nothing on it meanwhile.
 */
export class Replicated implements Runner {
  readonly #link: Link
  readonly #keys: Keys
  readonly #count: number
  #line: Redis | null = null

  constructor(link: Link, keys: Keys, count: number) {
    this.#link = link
    this.#keys = keys
    this.#count = count
  }

  run(script: Script, args: readonly Argument[]): Promise<unknown> {
    const { sendPatience, silenceMs } = this.#link
    const waitMs = Math.ceil(Math.min(silenceMs, sendPatience.limitMs ?? silenceMs) / WAITS)
    let waits = 1
    return insist(async () => {
      const line = await this.#connected()
      keepAliveIf(true, line)
      try {
        const answer = await evaluate(line, script, args)
        await this.#confirmed(line, waits, waitMs)
        keepAliveIf(false, line)
        return answer
      } catch (error) {
        waits *= 2 // each try writes anew, and a replica that lags is to have the time for it
        if (this.#line === line) this.#line = null
        line.disconnect() // it may lead to who is the master no longer
        throw error
      }
    }, sendPatience)
  }

  /** Done when there are enough replicas that have what was written on this line. */
  async #confirmed(line: Redis, waits: number, waitMs: number): Promise<void> {
    let have = 0
    for (let nth = 0; nth < waits && have < this.#count; nth++) have = await line.wait(this.#count, waitMs)
    if (have < this.#count) throw new Unconfirmed(`${have} of ${this.#count} replicas have it`)
  }

  async #connected(): Promise<Redis> {
    const before = this.#line
    if (before?.status === 'ready') return before
    const line = await this.#link.line(this.#keys.workers)
    if (this.#line !== before && this.#line !== null)
      line.disconnect() // somebody who was given up has another by now
    else this.#line = line
    return this.#line as Redis
  }
}
