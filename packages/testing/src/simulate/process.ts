/** One process of a simulated world: a producer, or a worker. */
export class Process {
  readonly name: string
  readonly role: 'producer' | 'worker'
  /** Aborted when it dies. */
  readonly #death = new AbortController()
  /** Until when it stands still. */
  frozenUntil = 0
  /** By how much its clock is wrong. */
  driftMs = 0
  /** How many tasks run in it. */
  running = 0
  /** What it waits for that is longer than a lease: more than the beat of a worker. */
  readonly longWaits: Set<object> = new Set()
  /** Stops it in good order. */
  stop: () => void = () => {}

  constructor(role: Process['role'], nth: number) {
    this.role = role
    this.name = `${role} ${nth}`
  }

  get death(): AbortSignal {
    return this.#death.signal
  }

  get isAlive(): boolean {
    return !this.#death.signal.aborted
  }

  die(): void {
    this.#death.abort()
  }
}
