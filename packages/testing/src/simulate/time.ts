import type { MemoryBackend, VirtualClock } from '@arpeggio/core'
import type { Process } from './process.ts'
import type { Queue } from './queue.ts'

/** How long a lease is held. */
export const LEASE_MS = 30_000
/** How long nothing may happen, if nobody waits for a moment: then nothing will. */
const QUIET_MS = 3 * LEASE_MS
/** How long a task may wait for something outside of its world, in real milliseconds: before time goes on there, and in all. */
const REAL_MS = 20
const MOST_REAL_MS = 500

/** Whose time it is. */
interface Inhabited {
  readonly clock: VirtualClock
  readonly memory: MemoryBackend
  readonly queue: Queue
  readonly processes: ReadonlySet<Process>
  /** How often it may go on before its world is taken for one that never ends. */
  readonly mostLeaps: number
}

/** The time of a world: it stands still while anybody can do anything, and then goes on to the next moment that matters. */
export class Time {
  readonly #world: Inhabited
  /** Until when nobody reaches the backend. */
  awayUntil = 0
  /** How often nobody could do anything before it went on. */
  #leaps = 0
  /** When something happened last. */
  #stirred: number
  /** How long tasks have been waited for that wait for something outside, without anything happening. */
  #realMs = 0

  constructor(world: Inhabited) {
    this.#world = world
    this.#stirred = world.clock.now()
  }

  get now(): number {
    return this.#world.clock.now()
  }

  /** Whether it went on and on. */
  get isEndless(): boolean {
    return this.#leaps > this.#world.mostLeaps
  }

  goTo(moment: number): void {
    this.#world.clock.advanceTo(moment)
    for (const process of this.#world.processes) process.ring(moment)
  }

  /** Something has happened. */
  stir(): void {
    this.#stirred = this.now
    this.#realMs = 0
  }

  /** Until nobody has anything left to do without a turn. */
  async settle(): Promise<void> {
    const { queue } = this.#world
    let before: number
    do {
      before = queue.arrived
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    } while (queue.arrived > before)
  }

  /** Goes on to the next moment that somebody waits for. False if nothing will ever happen again. */
  async goOn(): Promise<boolean> {
    const { clock, memory, queue, processes, mostLeaps } = this.#world
    const { now } = this
    const isBusy = [...processes].some(({ running }) => running.size > 0) && this.#realMs < MOST_REAL_MS
    if (isBusy && (await this.#arrives())) return true
    const due = memory.nextDue()
    const away = this.awayUntil > now ? this.awayUntil : null
    const isAwaited = [...processes].some((process) => process.awaits(now))
    if (due === null && away === null && !isBusy && now > this.#stirred + QUIET_MS && !isAwaited) return false
    const timers = [...processes].map((process) => process.next)
    const still = due !== null && due > now ? due : null // what is due already waits for somebody
    const moments = [still, clock.next(), queue.nextThaw(now), away, ...timers]
    const next = Math.min(...moments.map((moment) => moment ?? Number.POSITIVE_INFINITY))
    if (!Number.isFinite(next) || this.#leaps++ === mostLeaps) return false
    this.goTo(Math.max(next, now + 1))
    return true
  }

  /** Whether a task that waits for something outside of its world comes back from there. */
  async #arrives(): Promise<boolean> {
    const { queue } = this.#world
    const [before, since] = [queue.arrived, performance.now()]
    let ms = 0
    while (ms < REAL_MS && queue.arrived === before) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      ms = performance.now() - since
    }
    this.#realMs += ms
    return queue.arrived > before
  }
}
