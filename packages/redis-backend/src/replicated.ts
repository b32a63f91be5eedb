import type { Redis } from 'ioredis'
import { evaluate, type Runner, type Script } from './commands.ts'
import { keepAliveIf } from './grip.ts'
import { insist, Unconfirmed } from './insist.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { Argument } from './wire.ts'

/** How often it is looked within somebody's patience, at least, whether there are replicas by now. */
const TRIES = 4

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
    const waitMs = Math.ceil(Math.min(silenceMs, sendPatience.limitMs ?? silenceMs) / TRIES)
    return insist(async () => {
      const line = await this.#connected()
      keepAliveIf(true, line)
      try {
        const answer = await evaluate(line, script, args)
        const have = await line.wait(this.#count, waitMs)
        if (have < this.#count) throw new Unconfirmed(`${have} of ${this.#count} replicas have it`)
        keepAliveIf(false, line)
        return answer
      } catch (error) {
        if (this.#line === line) this.#line = null
        line.disconnect() // it may lead to who is the master no longer
        throw error
      }
    }, sendPatience)
  }

  async #connected(): Promise<Redis> {
    if (this.#line?.status !== 'ready') this.#line = await this.#link.line(this.#keys.workers)
    return this.#line
  }
}
