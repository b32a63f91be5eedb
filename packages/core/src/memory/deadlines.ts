import type { MemoryRun } from './run.ts'
import { Schedule } from './schedule.ts'

/** Places of runs that are over, in the schedule, before it is made anew. */
const MOST_GONE = 1_000

/** Runs that have a deadline and are not over. */
export class Deadlines {
  readonly #runs: Set<MemoryRun> = new Set()
  #schedule: Schedule<MemoryRun> = new Schedule()

  /** The earliest; null when there is none. */
  get next(): number | null {
    for (let { first } = this.#schedule; first !== undefined; first = this.#schedule.first) {
      if (this.#runs.has(first)) break
      this.#schedule.takeFirst()
    }
    return this.#schedule.next
  }

  add(moment: number, run: MemoryRun): void {
    this.#runs.add(run)
    this.#schedule.add(moment, run)
  }

  /** It is over. What many short runs leave in the schedule goes with them, not when it would have been due. */
  drop(run: MemoryRun): void {
    if (!this.#runs.delete(run)) return
    if (this.#schedule.size > 2 * this.#runs.size + MOST_GONE) this.#schedule = this.#schedule.of(this.#runs)
  }

  /** Takes a run whose moment has come. */
  takeDue(now: number): MemoryRun | undefined {
    const { next } = this
    if (next === null || next > now) return undefined
    const run = this.#schedule.takeFirst()
    if (run !== undefined) this.#runs.delete(run)
    return run
  }
}
