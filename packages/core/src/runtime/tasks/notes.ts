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
  /** Who waits for it. */
  readonly waiting: (() => void)[]
  /** Whether it takes so long that nobody waits any more. */
  isLate: boolean
  callOff(): void
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
    if (!writing.isLate) return this.#queue()
  }

  /** The attempt is over: what is not on its way by now is out of date, and nobody waits for what is. */
  end(): void {
    this.#next = null
    if (this.#writing !== null) this.#giveUp(this.#writing)
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
    const callOff = this.#inAWhile(() => this.#giveUp(writing))
    const writing: Writing = { waiting, isLate: false, callOff }
    this.#writing = writing
    void written
      .catch((error: unknown) => this.#report(state, error))
      .finally(() => {
        callOff()
        release(waiting)
        this.#goOn()
      })
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** Waits behind the note on its way: that one takes some of the time there is. */
  #queue(): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#inAWhile(resolve)
      this.#waiting.push(() => {
        callOff()
        resolve()
      })
    })
  }

  /** Nobody waits any more: not for what is on its way, and not for what goes next. */
  #giveUp(writing: Writing): void {
    writing.isLate = true
    writing.callOff()
    release(writing.waiting)
    release(this.#waiting)
  }

  #goOn(): void {
    this.#writing = null
    const [next, waiting] = [this.#next, this.#waiting]
    this.#next = null
    this.#waiting = []
    if (next !== null) void this.#send(next, waiting)
  }

  #inAWhile(deed: () => void): () => void {
    const { stopwatch } = this.#surface
    return stopwatch.at(stopwatch.now() + PATIENCE_MS, deed)
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
