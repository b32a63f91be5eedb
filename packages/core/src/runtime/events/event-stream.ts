import { LIMITS } from '../../model/limits.ts'
import type { Backend } from '../../ports/backend.ts'
import type { WorkEvent } from './event.ts'

/** What happens from now on, until whoever reads has enough: the end of a `for await` is the end of reading. */
export class EventStream implements AsyncIterableIterator<WorkEvent> {
  /** Done when it reads: what happens after that is not missed. */
  readonly ready: Promise<void>
  readonly #backend: Backend
  readonly #leave: () => void
  #events: WorkEvent[] = []
  #missed = 0
  #wake: () => void = () => {}
  #isOver = false
  #stop: () => void = () => {}

  constructor(backend: Backend) {
    this.#backend = backend
    this.#leave = () => this.#end()
    backend.closed.addEventListener('abort', this.#leave)
    this.ready = this.#read()
    this.ready.catch(this.#leave)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next event, as soon as there is one. A reader that cannot begin to read fails here. */
  async next(): Promise<IteratorResult<WorkEvent, undefined>> {
    await this.ready
    while (this.#events.length === 0 && this.#missed === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const event = this.#take()
    return event === undefined ? { done: true, value: undefined } : { done: false, value: event }
  }

  async return(): Promise<IteratorResult<WorkEvent, undefined>> {
    this.#events = []
    this.#missed = 0
    this.#end()
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #read(): Promise<void> {
    const stop = await this.#backend.events.read((events) => {
      for (const event of events) this.#takeIn(event as unknown as WorkEvent)
      this.#wake()
    })
    if (this.#isOver) stop()
    else this.#stop = stop
  }

  /** The oldest are dropped when whoever reads is too slow; he is told how many. */
  #takeIn(event: WorkEvent): void {
    if (this.#isOver) return
    this.#events.push(event)
    if (this.#events.length <= LIMITS.bufferedEvents) return
    this.#events.shift()
    this.#missed++
  }

  #take(): WorkEvent | undefined {
    if (this.#missed === 0) return this.#events.shift()
    const count = this.#missed
    this.#missed = 0
    return { type: 'events-missed', count, time: this.#backend.clock.now(), hostname: '' }
  }

  #end(): void {
    this.#isOver = true
    this.#backend.closed.removeEventListener('abort', this.#leave)
    this.#stop()
    this.#wake()
  }
}
