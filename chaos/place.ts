import { setTimeout as sleep } from 'node:timers/promises'
import { type Process, startProcess } from '../test/support/process.ts'

/** Where one process after another does the same work. What is done to it is done in turn. */
export class Place {
  readonly #file: string
  readonly #args: readonly string[]
  readonly #clockOffMs: number
  readonly #wrong: (what: string) => void
  /** All that may still live, however far they have come. */
  readonly #living: Set<Process> = new Set()
  #here: Promise<Process>
  #isClosed = false

  /** `wrong` hears of a process that has ended though nobody ended it, or could not start. */
  constructor(file: string, args: readonly string[], clockOffMs: number, wrong: (what: string) => void) {
    this.#file = file
    this.#args = args
    this.#clockOffMs = clockOffMs
    this.#wrong = wrong
    this.#here = this.#start()
    this.#here.catch((error) => this.#complain(error))
  }

  /** Done when whoever is here works. */
  async ready(): Promise<void> {
    await this.#here
  }

  /** `kill -9`; a successor starts at once. */
  kill(): void {
    this.#next(async (process) => {
      this.#living.delete(process)
      await process.kill()
      return this.#start()
    })
  }

  /** It stands still, and goes on as if nothing had happened. */
  halt(ms: number): void {
    this.#next(async (process) => {
      signal(process, 'SIGSTOP')
      await sleep(ms)
      signal(process, 'SIGCONT')
      return process
    })
  }

  /** It is asked for something, and nobody waits for that. */
  ask(question: string): void {
    this.#next(async (process) => {
      void process.ask(question).catch(() => {}) // it may be killed before it has answered
      return process
    })
  }

  /** It leaves as it should. */
  async leave(): Promise<void> {
    const process = await this.#here
    this.#isClosed = true
    await process.ask('leave')
    await process.stop()
  }

  /** Nobody is here any more, whatever he was about to do. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(Array.from(this.#living, (process) => process.kill()))
  }

  #next(change: (process: Process) => Promise<Process>): void {
    this.#here = this.#here.then(change)
    this.#here.catch((error) => this.#complain(error))
  }

  async #start(): Promise<Process> {
    if (this.#isClosed) throw new Error('nobody starts here any more')
    const process = startProcess(this.#file, this.#args, this.#nodeOptions())
    this.#living.add(process)
    void process.ended.then(() => {
      if (this.#living.delete(process)) this.#complain(`process ${process.pid} ended by itself`)
    })
    await process.ask('start')
    return process
  }

  #complain(what: unknown): void {
    if (!this.#isClosed) this.#wrong(String(what))
  }

  #nodeOptions(): readonly string[] {
    const clock = new URL(`wrong-clock.ts?${this.#clockOffMs}`, import.meta.url).href
    return [
      '--import=tsx',
      '--conditions=@arpeggio/source',
      ...(this.#clockOffMs === 0 ? [] : [`--import=${clock}`]),
    ]
  }
}

/** To a process that may be gone. */
function signal({ pid }: Process, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it is
  }
}
