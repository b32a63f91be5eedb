import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads'
import { SoftTimeLimitExceeded, TimeLimitExceeded } from '../model/errors.ts'
import { LIMITS } from '../model/limits.ts'
import { show } from '../model/show.ts'
import type { Change } from '../ports/backend.ts'
import type { TaskContext, TaskWorld } from '../runtime/tasks/context.ts'
import type { ErrorClass } from '../runtime/tasks/error-record.ts'
import { Answers } from './answers.ts'
import { happenAgain } from './came.ts'
import type { Topic, ToThread, ToWorker } from './talk.ts'
import { ThreadLost } from './thread-lost.ts'
import { packThrown, unpackThrown } from './thrown.ts'

/** How a thread is started. */
export interface Start {
  /** The URL of the module that makes the app. */
  readonly module: string
  readonly execArgv?: readonly string[]
  readonly resourceLimits?: ResourceLimits
}

/** What it runs, and who waits for that. */
interface Call {
  readonly context: TaskContext
  hasBegun: boolean
  resolve(value: unknown): void
  reject(error: Error): void
  callOff(): void
}

const ENTRY = new URL('../../thread/entry.mjs', import.meta.url)

/** One thread, as its worker sees it: it runs one task at a time. */
export class Thread {
  readonly #thread: Worker
  readonly #port: MessagePort
  readonly #classes: ReadonlyMap<string, ErrorClass>
  /** Where its task runs, or did last: what it asks for is asked there. */
  #world: TaskWorld
  #call: Call | null = null
  #problem: Error | null = null
  readonly #answers: Answers = new Answers()
  #isGone = false
  readonly #listens: Map<number, () => void> = new Map()
  /** Done when it can run something. Fails if it never can. */
  readonly ready: Promise<void>
  /** Done when it is no more. */
  readonly gone: Promise<void>
  /** Whether it can run something more. */
  isFit = true
  /** How much it has run. */
  runs = 0

  constructor(start: Start, world: TaskWorld, classes: ReadonlyMap<string, ErrorClass>) {
    const { port1, port2 } = new MessageChannel()
    const { module, execArgv, resourceLimits } = start
    this.#world = world
    this.#classes = classes
    this.#port = port1
    this.#thread = new Worker(ENTRY, {
      workerData: { module, port: port2 },
      transferList: [port2],
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    })
    this.#thread.on('error', (thrown: unknown) => {
      this.#problem = thrown instanceof Error ? thrown : new Error(`it threw ${show(thrown)}`)
    })
    this.ready = new Promise((resolve, reject) => {
      port1.on('message', (said: ToWorker) => (said.say === 'ready' ? resolve() : this.#hear(said)))
      this.#thread.once('exit', (code) => reject(this.#problem ?? exited(code)))
    })
    this.ready.catch(() => {}) // whoever waits for it is told
    this.gone = new Promise((resolve) => {
      this.#thread.once('exit', (code) => {
        this.#mourn(this.#problem ?? exited(code))
        resolve()
      })
    })
    port1.unref() // it keeps the process alive while it runs something, and not because it can be spoken to
  }

  get isRunning(): boolean {
    return this.#call !== null
  }

  /** Fails with `ThreadLost` if it dies meanwhile, or has died. */
  run(context: TaskContext): Promise<unknown> {
    if (!this.isFit) return Promise.reject(lost(context, false, this.#problem))
    const { world, message, deliveries } = context
    const { hostname, backend } = world
    this.#world = world
    this.runs++
    return new Promise((resolve, reject) => {
      this.#call = { context, hasBegun: false, resolve, reject, callOff: () => {} }
      this.#say({ say: 'run', message, deliveries, now: backend.clock.now(), hostname })
      context.onAbort = (why) => this.#abort(why)
      if (context.signal.aborted) this.#abort(context.signal.reason as Error)
    })
  }

  /** Lets the process end while it does nothing. */
  rest(): void {
    this.#thread.unref()
  }

  /** It is needed again. */
  wake(): void {
    this.#thread.ref()
  }

  /** Ends it, whatever it does. */
  kill(why: Error): void {
    this.#endCall()?.reject(why)
    this.isFit = false
    this.#problem ??= why
    void this.#thread.terminate()
  }

  /** Lets it come to an end, for a while. */
  async end(): Promise<void> {
    this.isFit = false
    this.wake()
    this.#say({ say: 'end' })
    const timer = setTimeout(() => this.kill(new Error('its worker has stopped')), LIMITS.threadGraceMs)
    await this.gone
    clearTimeout(timer)
  }

  /**
   * What runs shall stop. At a soft limit that is its own affair, and at a hard one its attempt is over at once; otherwise
   * nobody wants what it gives any more, and it has a while to tidy up.
   */
  #abort(why: Error): void {
    const call = this.#call
    if (call === null) return
    this.#say({ say: 'abort', why: packThrown(why) })
    if (why instanceof SoftTimeLimitExceeded || why instanceof TimeLimitExceeded) return
    const { stopwatch } = call.context.world
    call.callOff()
    call.callOff = stopwatch.at(stopwatch.now() + LIMITS.threadGraceMs, () => this.kill(why))
  }

  #endCall(): Call | null {
    const call = this.#call
    this.#call = null
    call?.callOff()
    return call
  }

  #say(what: ToThread): void {
    this.#port.postMessage(what)
  }

  #hear(said: ToWorker): void {
    switch (said.say) {
      case 'ready':
        break
      case 'begun':
        if (this.#call !== null) this.#call.hasBegun = true
        break
      case 'came': {
        const call = this.#endCall()
        if (call === null) break
        try {
          call.resolve(happenAgain(said.came, call.context, this.#classes))
        } catch (thrown) {
          call.reject(thrown as Error)
        }
        break
      }
      case 'ask': {
        const running = this.#call?.context ?? null
        void this.#answer(said.nth, () => this.#answers.to(said.question, this.#world, running))
        break
      }
      case 'listen':
        void this.#answer(said.nth, () => this.#listen(said.nth, said.to))
        break
      case 'enough':
        this.#listens.get(said.nth)?.()
        this.#listens.delete(said.nth)
        break
      case 'log':
        this.#log(said)
        break
      case 'report':
        this.#world.report(said.problem, unpackThrown(said.why, this.#classes))
        break
      default:
        said satisfies never
    }
  }

  #log({ level, line, details }: Extract<ToWorker, { say: 'log' }>): void {
    try {
      this.#world.logger[level](line, ...details)
    } catch (error) {
      this.#world.report('What a task wrote in a thread could not be written', error)
    }
  }

  async #answer(nth: number, find: () => Promise<unknown>): Promise<void> {
    try {
      this.#say({ say: 'answer', nth, value: await find() })
    } catch (error) {
      this.#say({ say: 'refusal', nth, why: packThrown(error) })
    }
  }

  async #listen(nth: number, to: Topic): Promise<void> {
    const tell = (news: unknown): void => this.#say({ say: 'news', nth, news })
    const callOff = await this.#listenTo(to, tell)
    if (this.#isGone) callOff()
    else this.#listens.set(nth, callOff)
  }

  async #listenTo(to: Topic, tell: (news: unknown) => void): Promise<() => void> {
    const { results, bus, events } = this.#world.backend
    switch (to.of) {
      case 'run':
        return results.watch(to.run, (change: Change | null) => tell(change), to.ids)
      case 'bus':
        return bus.hear(to.topic, tell)
      case 'events':
        return events.read(tell)
    }
  }

  /** It has ended. What it still said counts. */
  #mourn(problem: Error): void {
    for (let left = receiveMessageOnPort(this.#port); left; left = receiveMessageOnPort(this.#port)) {
      this.#hear(left.message as ToWorker)
    }
    this.isFit = false
    this.#isGone = true
    this.#problem = problem
    this.#answers.end(this.#world)
    for (const callOff of this.#listens.values()) callOff()
    this.#listens.clear()
    this.#port.close()
    const call = this.#endCall()
    call?.reject(lost(call.context, call.hasBegun, problem))
  }
}

function exited(code: number): Error {
  return new Error(`it ended with code ${code}`)
}

function lost({ message: { task } }: TaskContext, hasBegun: boolean, problem: Error | null): ThreadLost {
  const what = hasBegun
    ? `The thread that ran ${task} died of it`
    : `A thread died before ${task} could begin in it`
  return new ThreadLost(`${what}: ${problem?.message}`, hasBegun, problem)
}
