import type { Json } from '../../model/json.ts'
import type { Awaitable, Backend } from '../../ports/backend.ts'
import type { Clock } from '../../ports/clock.ts'

/** How long a task waits until what it tells is written. A backend that takes longer is away. */
const PATIENCE_MS = 1_000

/** A state that is not the end. */
interface Note {
  readonly state: string
  readonly meta: Json
}

/** Where they are written, and who hears of those that are not. */
interface Surface {
  readonly backend: Pick<Backend, 'results' | 'closed'>
  readonly stopwatch: Clock
  report(problem: string, error: unknown): void
}

/** A note on its way. */
interface Writing {
  /** Whether it takes so long that nobody waits any more. */
  isLate: boolean
}

/**
 * What a task tells of itself while it runs. It neither fails nor waits because that cannot be told: one note is on its way at
 * a time, and of those that come meanwhile the last counts. docs/decisions/0027 says why.
 */
export class Notes {
  readonly #id: string
  readonly #surface: Surface
  #writing: Writing | null = null
  /** What goes next, and who waits for that. */
  #next: Note | null = null
  #waiting: (() => void)[] = []

  constructor(id: string, surface: Surface) {
    this.#id = id
    this.#surface = surface
  }

  /** Done when this note or a later one is written, or when that takes too long; at once where a backend writes at once. */
  write(state: string, meta: Json): Awaitable<void> {
    const writing = this.#writing
    if (writing === null) return this.#send({ state, meta }, [])
    this.#next = { state, meta }
    if (!writing.isLate) return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The attempt is over: what is not on its way by now is out of date. */
  end(): void {
    this.#next = null
    release(this.#waiting)
  }

  #send({ state, meta }: Note, waiting: (() => void)[]): Awaitable<void> {
    try {
      const written = this.#surface.backend.results.note(this.#id, state, meta)
      if (written instanceof Promise) return this.#await(written, state, waiting)
    } catch (error) {
      this.#report(state, error)
    }
    release(waiting)
  }

  #await(written: Promise<void>, state: string, waiting: (() => void)[]): Promise<void> {
    const { stopwatch } = this.#surface
    const writing: Writing = { isLate: false }
    this.#writing = writing
    const callOff = stopwatch.at(stopwatch.now() + PATIENCE_MS, () => {
      writing.isLate = true
      release(waiting)
      release(this.#waiting)
    })
    void written
      .catch((error: unknown) => this.#report(state, error))
      .finally(() => {
        callOff()
        release(waiting)
        this.#goOn()
      })
    return new Promise((resolve) => waiting.push(resolve))
  }

  #goOn(): void {
    this.#writing = null
    const [next, waiting] = [this.#next, this.#waiting]
    this.#next = null
    this.#waiting = []
    if (next !== null) void this.#send(next, waiting)
  }

  /** A backend that is closed tells nobody anything, and whoever closed it knows. */
  #report(state: string, error: unknown): void {
    const { backend, report } = this.#surface
    if (!backend.closed.aborted) report(`The state ${state} of ${this.#id} could not be told`, error)
  }
}

function release(waiting: (() => void)[]): void {
  for (const resolve of waiting.splice(0)) resolve()
}
