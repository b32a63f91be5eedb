import { AsyncLocalStorage } from 'node:async_hooks'
import { ArpeggioError } from '../../model/errors.ts'
import { type Json, type JsonObject, JsonRefusal, sizeOfJson, toJson } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import type { CallMessage } from '../../model/message.ts'
import type { CallOptions, Compiled, Plannable } from '../../model/plan.ts'
import { show } from '../../model/show.ts'
import type { Backend } from '../../ports/backend.ts'
import type { Clock } from '../../ports/clock.ts'
import { checkRetry, Replace, Retry, type RetryOptions } from './control.ts'
import type { Tell } from './happening.ts'
import type { Hear } from './happenings.ts'
import { type Logger, SILENT, speaking } from './logger.ts'
import { isMap } from './mapped.ts'
import { Notes } from './notes.ts'
import { requestOf, type TaskRequest } from './request.ts'
import type { TimeLimits } from './time-limits.ts'
import type { Tracing } from './tracing.ts'

/** Where a task runs: what `self` and `currentTask()` act upon. */
export interface TaskWorld extends Surroundings {
  readonly backend: Backend
  readonly isEager: boolean
  /** Whether what is sent from inside stays inside, wherever its app lives. */
  readonly isApart?: boolean
  /** What measures how long a task runs; not the backend's clock where that stands still meanwhile. */
  readonly stopwatch: Clock
  /** Tells a scheduler that runs tasks one by one that this one waits for others; call what it gives when that goes on. */
  readonly block: (task: TaskContext) => () => void
  /** Time limits that were told since, by task: they win over those that messages bring. */
  readonly limits?: ReadonlyMap<string, TimeLimits>
  /** Hears what happens, if anybody looks on. */
  readonly tell?: Tell
  /** Tells it even where nobody is known to. */
  readonly tellsAlways?: boolean
}

/** What is around such a world, whatever runs in it. */
export interface Surroundings {
  /** Who runs tasks here: the app, and the machine it is on. */
  readonly hostname: string
  /** Hears what went wrong outside of any task. */
  readonly report: (problem: string, error: unknown) => void
  /** Where tasks write. */
  readonly logger: Logger
  /** Hears what happens to tasks. */
  readonly hear: Hear
  /** Follows them, if anybody does. */
  readonly tracing: Tracing | null
}

/** Around what nobody listens to. */
export const UNHEARD: Surroundings = Object.freeze({
  hostname: 'nowhere',
  report: () => {},
  logger: SILENT,
  hear: () => {},
  tracing: null,
})

/** What a running task knows of how it was declared. */
export interface Declared {
  /** How a call of it is run when nothing else is said of that; `options` are what is. */
  defaultsFor(args: readonly Json[], kwargs: JsonObject, options: CallOptions): CallOptions
  /** What it shares with the other calls of it in this process. */
  readonly state: () => unknown
}

/** The running task: `self` of a bound task. */
export class TaskContext {
  readonly #declared: Declared
  readonly #added: Compiled[] = []
  #retry: Retry | null = null
  #abort: AbortController | null = null
  #notes: Notes | null = null
  #request: TaskRequest | null = null
  #isOver = false
  /** Which delivery of its message this is. */
  readonly deliveries: number
  readonly message: CallMessage
  readonly world: TaskWorld
  /** Hears each time it is asked to stop, also when its signal was aborted before. */
  onAbort: ((why: Error) => void) | null = null

  constructor(message: CallMessage, declared: Declared, deliveries: number, world: TaskWorld) {
    this.message = message
    this.#declared = declared
    this.deliveries = deliveries
    this.world = world
  }

  /** One object for the whole attempt: who hears it begin and end knows by it that both are the same one. */
  get request(): TaskRequest {
    this.#request ??= requestOf(this.message, this.deliveries, this.world)
    return this.#request
  }

  /** What its base keeps for all calls in this process. */
  get state(): unknown {
    return this.#declared.state()
  }

  /** Writes lines that begin with the task's name and id. */
  get log(): Logger {
    const { task, id } = this.message
    return speaking(this.world.logger, `${task}[${id}]`)
  }

  /** Aborted when the task shall stop: it was revoked, a limit has passed, its lease was lost, or the worker shuts down. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** Run this task again later. Never returns, but with `throw: false`: then it runs again once it has returned. */
  retry(options: Omit<RetryOptions, 'throw'> & { readonly throw: false }): void
  retry(options?: RetryOptions): never
  retry({ throw: throws = true, ...options }: Omit<RetryOptions, 'throw'> & { throw?: boolean } = {}): void {
    checkRetry({ throw: throws, ...options }, this.message.task)
    this.#retry = new Retry(options)
    if (throws) throw this.#retry
  }

  /** The retry that was asked for without being thrown. */
  get retrying(): Retry | null {
    return this.#retry
  }

  /** Let another canvas take this task's place: its value becomes this task's value. Never returns. */
  replace(canvas: Plannable): never {
    this.#refuseInMap('be replaced')
    checkCanvas(canvas, 'replace')
    if (this.#added.length > 0) {
      throw new ArpeggioError(
        'option-invalid',
        `${this.message.task} added to its chord and wants to be replaced. Do one of them: what replaces it can add to the chord itself.`,
      )
    }
    const { at, link, errback, id, run } = this.message
    const takes = id === run ? '' : id.slice(run.length + 1)
    const options = this.#said()
    throw new Replace(canvas.toPlan({ under: at, takes, link, errback, options }), [])
  }

  /** Add a member to the chord this task is a member of; it takes effect when this task succeeds. */
  addToChord(canvas: Plannable): void {
    this.#refuseInMap('add to a chord')
    checkCanvas(canvas, 'addToChord')
    const { seat, at, task } = this.message
    if (seat === null) {
      throw new ArpeggioError(
        'not-in-task',
        `${task} is not a member of a chord, so nothing can be added to it. Call addToChord only where the task runs in a chord's header.`,
      )
    }
    const options = this.#said()
    const site = { under: `${at}.${this.#added.length}`, link: [], errback: [], options }
    this.#added.push(canvas.toPlan(site))
  }

  /** What it tells of itself, and of this attempt. */
  get notes(): Notes {
    this.#notes ??= new Notes(this.message.id, this.world)
    return this.#notes
  }

  /** The attempt is over: whatever its function still does, it tells nothing of it any more. */
  end(): void {
    this.#isOver = true
    this.#notes?.end()
  }

  /** Tell a state of your own, such as PROGRESS, and anything JSON can carry with it. A backend that is away neither fails nor holds up who tells. */
  async updateState(state: string, meta: unknown = null): Promise<void> {
    checkState(state)
    const json = toJson(meta, 'meta')
    if (json instanceof JsonRefusal) throw notJson(`updateState of ${this.message.task}`, json)
    if (sizeOfJson(json) > LIMITS.valueBytes) {
      const message = `The meta of ${state} has more than ${LIMITS.valueBytes} bytes. Tell less.`
      throw new ArpeggioError('limit-exceeded', message)
    }
    if (!this.#isOver) await this.notes.write(state, json)
  }

  /** Tells how far it is, as the state PROGRESS with `{ done, total, note }`. */
  async progress(done: number, total: number, note: string | null = null): Promise<void> {
    if (!(Number.isFinite(done) && Number.isFinite(total))) {
      throw new ArpeggioError(
        'option-invalid',
        `The progress of ${this.message.task} is ${show(done)} of ${show(total)}. Give two numbers.`,
      )
    }
    await this.updateState('PROGRESS', { done, total, note })
  }

  /** The items of a map are run by one message; one of them cannot act as if it were alone. */
  #refuseInMap(deed: string): void {
    const { task } = this.message
    if (!isMap(task)) return
    throw new ArpeggioError(
      'not-in-task',
      `An item of ${task} cannot ${deed}: one message runs all of them. Use a group, where each member has its own.`,
    )
  }

  /** What callers said of how it is run, without what was said of its start, and without what nobody has to say. */
  #said(): CallOptions {
    const { args, kwargs, options } = this.message
    const defaults = this.#declared.defaultsFor(args, kwargs, options)
    const { countdown: _c, eta: _e, shadow: _s, retries: _r, ...placement } = options
    return Object.fromEntries(
      Object.entries(placement).filter(([name, value]) => value !== defaults[name as keyof CallOptions]),
    )
  }

  /** What was added to the chord so far. */
  get added(): readonly Compiled[] {
    return this.#added
  }

  abort(reason: Error): void {
    this.#abort ??= new AbortController()
    this.#abort.abort(reason)
    this.onAbort?.(reason)
  }
}

function checkCanvas(canvas: unknown, deed: string): void {
  if (typeof canvas === 'object' && canvas !== null && 'toPlan' in canvas) return
  throw new ArpeggioError(
    'signature-invalid',
    `${deed} takes a signature, and was given ${String(canvas)}. A task makes one with .s().`,
  )
}

const OWN_STATES = new Set([
  'UNKNOWN',
  'PENDING',
  'STARTED',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'IGNORED',
])

function checkState(state: unknown): void {
  if (typeof state === 'string' && state !== '' && !OWN_STATES.has(state)) return
  throw new ArpeggioError(
    'option-invalid',
    `A task cannot tell the state ${String(state)}: only texts that are not told by the runtime itself. Use one of your own, such as PROGRESS.`,
  )
}

export function notJson(what: string, refusal: JsonRefusal): ArpeggioError {
  return new ArpeggioError(
    'value-not-json',
    `${what}: ${refusal.path} ${refusal.reason}. Arguments and results travel as JSON: send plain data.`,
  )
}

const running = new AsyncLocalStorage<TaskContext>()

/** The task this code runs in, from anywhere below it; null outside of tasks. */
export function currentTask(): TaskContext | null {
  return running.getStore() ?? null
}

/** Runs a function as part of a task. */
export function within<T>(context: TaskContext, run: () => T): T {
  return running.run(context, run)
}
