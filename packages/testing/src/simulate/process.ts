import type { TaskRequest } from '@arpeggio/canvas'

/** A moment that a process waits for. */
export interface Timer {
  readonly moment: number
  readonly callback: () => void
  /** Whether it is the beat by which a worker holds its leases. */
  readonly isBeat: boolean
}

/** One process of a simulated world: a producer, or a worker. */
export class Process {
  readonly name: string
  readonly role: 'producer' | 'worker'
  /** Aborted when it dies. */
  readonly #death = new AbortController()
  /** Until when it stands still. */
  frozenUntil = 0
  /** Until when no news reach it. */
  deafUntil = 0
  /** Those in it who missed some. */
  readonly missing: Set<() => void> = new Set()
  /** By how much its clock is wrong. */
  driftMs = 0
  /** Which queues it serves. */
  readonly queues: readonly string[]
  /** The calls that run in it, by what is asked for: one call may run twice at a time. */
  readonly running: Map<TaskRequest, string> = new Map()
  /** The moments it waits for. */
  readonly timers: Set<Timer> = new Set()
  /** Whether it held nothing when it looked last. */
  isIdle = false
  /** Stops it in good order. */
  stop: () => void = () => {}

  constructor(role: Process['role'], nth: number, queues: readonly string[] = []) {
    this.role = role
    this.queues = queues
    this.name = `${role} ${nth}`
  }

  get death(): AbortSignal {
    return this.#death.signal
  }

  get isAlive(): boolean {
    return !this.#death.signal.aborted
  }

  die(): void {
    this.#death.abort('dead')
  }

  /** Whoever missed something is told so. */
  learn(): void {
    const missing = [...this.missing]
    this.missing.clear()
    for (const tell of missing) tell()
  }

  /** The first moment that matters to it; null if there is none. Who holds nothing need not hold it. */
  get next(): number | null {
    let next: number | null = null
    for (const timer of this.timers) {
      const moment = this.#momentOf(timer)
      if ((next === null || moment < next) && !(timer.isBeat && this.isIdle)) next = moment
    }
    return next
  }

  /** Whether it waits for a moment, other than to hold what it has. */
  awaits(now: number): boolean {
    return [...this.timers].some((timer) => !timer.isBeat && this.#momentOf(timer) > now)
  }

  /** Calls back what is due. */
  ring(now: number): void {
    const due = [...this.timers].filter((timer) => this.#momentOf(timer) <= now)
    for (const timer of due.sort((a, b) => a.moment - b.moment)) {
      if (this.timers.delete(timer) && this.isAlive) timer.callback()
    }
  }

  /** When it notices: nothing rings for who stands still. */
  #momentOf({ moment }: Timer): number {
    return Math.max(moment, this.frozenUntil)
  }
}
