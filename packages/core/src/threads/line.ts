import type { MessagePort } from 'node:worker_threads'
import type { ErrorClass } from '../runtime/tasks/error-record.ts'
import type { Question, Thrown, Topic, ToWorker } from './talk.ts'
import { unpackThrown } from './thrown.ts'

/** Who waits for an answer. */
interface Asker {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** The line from a thread to its worker. */
export class Line {
  readonly #port: MessagePort
  readonly #classes: ReadonlyMap<string, ErrorClass>
  readonly #askers: Map<number, Asker> = new Map()
  readonly #listeners: Map<number, (news: unknown) => void> = new Map()
  #asked = 0
  /** How far the worker's clock is ahead of this thread's. */
  skewMs = 0

  constructor(port: MessagePort, classes: ReadonlyMap<string, ErrorClass>) {
    this.#port = port
    this.#classes = classes
  }

  say(what: ToWorker): void {
    this.#port.postMessage(what)
  }

  ask(question: Question): Promise<unknown> {
    const nth = this.#asked++
    return new Promise((resolve, reject) => {
      this.say({ say: 'ask', nth, question })
      this.#askers.set(nth, { resolve, reject })
    })
  }

  /** Listens, from when this is done until what it gives is called. */
  async listen(to: Topic, listener: (news: unknown) => void): Promise<() => void> {
    const nth = this.#asked++
    this.#listeners.set(nth, listener)
    await new Promise((resolve, reject) => {
      this.#askers.set(nth, { resolve, reject })
      this.say({ say: 'listen', nth, to })
    })
    return () => {
      if (this.#listeners.delete(nth)) this.say({ say: 'enough', nth })
    }
  }

  answered(nth: number, value: unknown): void {
    this.#take(nth)?.resolve(value)
  }

  refused(nth: number, why: Thrown): void {
    this.#listeners.delete(nth)
    this.#take(nth)?.reject(unpackThrown(why, this.#classes))
  }

  heard(nth: number, news: unknown): void {
    this.#listeners.get(nth)?.(news)
  }

  #take(nth: number): Asker | undefined {
    const asker = this.#askers.get(nth)
    this.#askers.delete(nth)
    return asker
  }
}
