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
  /** Whether what it publishes next is published twice. */
  repeats = false
  /** How many tasks run in it. */
  running = 0

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
