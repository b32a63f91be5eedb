import {
  type App,
  type AsyncResult,
  type Duration,
  type Signature,
  signature,
  type TaskRequest,
  type Worker,
} from '@arpeggio/canvas'
import {
  checkOptions,
  KINDS,
  type MemoryBackend,
  memoryBackend,
  milliseconds,
  type OptionKind,
  type VirtualClock,
  virtualClock,
} from '@arpeggio/core'
import { checkApp } from './check-app.ts'
import { warningOfStandstill } from './standstill.ts'
import { warnOfStrays } from './strays.ts'

/** How virtual time begins, and what works in it. */
export interface VirtualTimeOptions {
  /** When it begins. Default: now. */
  readonly start?: Date
  /** How many tasks may run at once. Default: 10. */
  readonly concurrency?: number
}

const OPTIONS: Record<keyof VirtualTimeOptions, OptionKind> = {
  start: { is: (value) => value instanceof Date && !Number.isNaN(value.getTime()), hint: 'Give a Date.' },
  concurrency: KINDS.count,
}

/** How long a task that waits for something real is waited for, in real milliseconds, before virtual time goes on. */
const REAL_MS = 100

/** A twin of an app, with a worker and a memory of its own, for which time passes only when it is told to. */
export class VirtualTime implements AsyncDisposable {
  /** The twin: what is sent by it is run here. */
  readonly app: App
  readonly #clock: VirtualClock
  readonly #memory: MemoryBackend
  readonly #worker: Worker
  /** Ends that it hears what the app itself sends. */
  readonly #unheed: () => void
  readonly #running: Set<TaskRequest> = new Set()

  constructor(app: App, { start = new Date(), concurrency = 10 }: VirtualTimeOptions) {
    this.#clock = virtualClock(start.getTime())
    this.#memory = memoryBackend({ clock: this.#clock })
    const [memory, running, next] = [this.#memory, this.#running, () => this.#next()]
    const { backend, warn } = warningOfStandstill({ memory, running, next })
    this.app = app.twin({ backend })
    this.#unheed = warnOfStrays(app, warn)
    this.app.on('task-prerun', ({ request }) => void running.add(request))
    this.app.on('task-postrun', ({ request }) => void running.delete(request))
    this.#worker = this.app.worker({ concurrency })
  }

  /** What time it is. */
  get now(): Date {
    return new Date(this.#clock.now())
  }

  /** Lets the worker begin. */
  async begin(): Promise<this> {
    await this.#worker.start()
    return this
  }

  /** Sends a canvas, and lets all be run that is due now. */
  async send<Out>(canvas: Signature<Out, []>): Promise<AsyncResult<Out>> {
    const result = await signature<Out, []>(canvas, this.app).delay()
    await this.#settled()
    return result
  }

  /** Lets so much time pass, and all be run that becomes due meanwhile, in its turn. */
  async advance(by: Duration): Promise<void> {
    const until = this.#clock.now() + milliseconds(by, 'advance')
    for (;;) {
      await this.#settled()
      const next = Math.min(this.#next() ?? until, until)
      this.#clock.advanceTo(next)
      if (next === until) break
    }
    await this.#settled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unheed()
    await this.app.close()
  }

  /** The next moment at which anything happens; null if nothing will. */
  #next(): number | null {
    const moments = [this.#memory.nextDue(), this.#clock.next()].filter((moment) => moment !== null)
    return moments.length === 0 ? null : Math.min(...moments)
  }

  /** Until nothing runs that can go on without time. */
  async #settled(): Promise<void> {
    for (let real = 0; real < REAL_MS; real++) {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      const waiting = await this.#memory.queues.list()
      if (this.#running.size === 0 && waiting.every((queue) => queue.waiting === 0)) return
      if (this.#running.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}

/** A world with its own time: `await using time = await virtualTime(app)`, and then `time.send(canvas)`, `time.advance('3m')`. */
export function virtualTime(app: App, options: VirtualTimeOptions = {}): Promise<VirtualTime> {
  checkApp(app, 'virtualTime(app)')
  checkOptions(options, OPTIONS, 'virtualTime')
  return new VirtualTime(app, options).begin()
}
