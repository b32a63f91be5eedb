import { AsyncLocalStorage } from 'node:async_hooks'
import { checkOptions, isWhole, KINDS, type OptionKind } from '../model/check-options.ts'
import { ArpeggioError } from '../model/errors.ts'
import { type Json, JsonRefusal, sizeOfJson, toJson } from '../model/json.ts'
import { LIMITS } from '../model/limits.ts'
import type { CallMessage } from '../model/message.ts'
import type { CallOptions, Compiled, Plannable } from '../model/plan.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import type { TimeLimits } from './command.ts'
import { Replace, Retry, type RetryOptions } from './control.ts'
import type { Tell } from './happening.ts'
import { isMap } from './mapped.ts'

/** Every option of a retry there is; durations, moments and arguments are checked where they are read. */
const RETRY_OPTIONS: Record<keyof RetryOptions, OptionKind> = {
  error: KINDS.anything,
  countdown: KINDS.anything,
  eta: KINDS.anything,
  maxRetries: {
    is: (value) => value === Number.POSITIVE_INFINITY || isWhole(value, 0),
    hint: 'Give a whole number from 0, or Infinity.',
  },
  args: KINDS.anything,
  kwargs: KINDS.anything,
}

/** The request a running task serves. */
export interface TaskRequest {
  readonly id: string
  readonly task: string
  readonly args: readonly Json[]
  readonly kwargs: Readonly<Record<string, Json>>
  readonly retries: number
  readonly rootId: string
  readonly parentId: string | null
  /** The group it is a member of, and its place there. */
  readonly group: string | null
  readonly groupIndex: number | null
  readonly headers: Readonly<Record<string, Json>>
  readonly stamps: Readonly<Record<string, Json>>
  readonly isEager: boolean
  /** How often this message has been delivered, this time included. */
  readonly deliveries: number
}

/** Where a task runs: what `self` and `currentTask()` act upon. */
export interface TaskWorld {
  readonly backend: Backend
  readonly isEager: boolean
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
  /** Hears what went wrong outside of any task. */
  readonly report: (problem: string, error: unknown) => void
}

/** The running task: `self` of a bound task. */
export class TaskContext {
  readonly #message: CallMessage
  readonly #defaults: CallOptions
  readonly #deliveries: number
  readonly #added: Compiled[] = []
  #abort: AbortController | null = null
  readonly world: TaskWorld

  /** `defaults` is how its task is run when nobody says otherwise. */
  constructor(message: CallMessage, defaults: CallOptions, deliveries: number, world: TaskWorld) {
    this.#message = message
    this.#defaults = defaults
    this.#deliveries = deliveries
    this.world = world
  }

  get request(): TaskRequest {
    const { id, task, args, kwargs, retries, root, parent, group, options } = this.#message
    return {
      id,
      task,
      args,
      kwargs,
      retries,
      rootId: root,
      parentId: parent,
      group: group?.chord ?? null,
      groupIndex: group === null ? null : Number.parseInt(group.index, 10),
      headers: options.headers ?? {},
      stamps: options.stamps ?? {},
      isEager: this.world.isEager,
      deliveries: this.#deliveries,
    }
  }

  /** Aborted when the task shall stop: its run was cancelled, or the worker shuts down. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** Run this task again later. Never returns. */
  retry(options: RetryOptions = {}): never {
    checkOptions(options, RETRY_OPTIONS, `retry of ${this.#message.task}`)
    throw new Retry(options)
  }

  /** Let another canvas take this task's place: its value becomes this task's value. Never returns. */
  replace(canvas: Plannable): never {
    this.#refuseInMap('be replaced')
    checkCanvas(canvas, 'replace')
    if (this.#added.length > 0) {
      throw new ArpeggioError(
        'option-invalid',
        `${this.#message.task} added to its chord and wants to be replaced. Do one of them: what replaces it can add to the chord itself.`,
      )
    }
    const { at, link, errback, id, run } = this.#message
    const takes = id === run ? '' : id.slice(run.length + 1)
    const options = saidOf(this.#message.options, this.#defaults)
    throw new Replace(canvas.toPlan({ under: at, takes, link, errback, options }), [])
  }

  /** Add a member to the chord this task is a member of; it takes effect when this task succeeds. */
  addToChord(canvas: Plannable): void {
    this.#refuseInMap('add to a chord')
    checkCanvas(canvas, 'addToChord')
    const { seat, at, task, options: given } = this.#message
    if (seat === null) {
      throw new ArpeggioError(
        'not-in-task',
        `${task} is not a member of a chord, so nothing can be added to it. Call addToChord only where the task runs in a chord's header.`,
      )
    }
    const options = saidOf(given, this.#defaults)
    const site = { under: `${at}.${this.#added.length}`, link: [], errback: [], options }
    this.#added.push(canvas.toPlan(site))
  }

  /** Tell a state of your own, such as PROGRESS, and anything JSON can carry with it. */
  async updateState(state: string, meta: unknown = null): Promise<void> {
    checkState(state)
    const json = toJson(meta, 'meta')
    if (json instanceof JsonRefusal) throw notJson(`updateState of ${this.#message.task}`, json)
    if (sizeOfJson(json) > LIMITS.valueBytes) {
      const message = `The meta of ${state} has more than ${LIMITS.valueBytes} bytes. Tell less.`
      throw new ArpeggioError('limit-exceeded', message)
    }
    await this.world.backend.results.note(this.#message.id, state, json)
  }

  /** The items of a map are run by one message; one of them cannot act as if it were alone. */
  #refuseInMap(deed: string): void {
    const { task } = this.#message
    if (!isMap(task)) return
    throw new ArpeggioError(
      'not-in-task',
      `An item of ${task} cannot ${deed}: one message runs all of them. Use a group, where each member has its own.`,
    )
  }

  /** What was added to the chord so far. */
  get added(): readonly Compiled[] {
    return this.#added
  }

  abort(reason: Error): void {
    this.#abort ??= new AbortController()
    this.#abort.abort(reason)
  }
}

/** What callers said of how a task is run, without what was said of its start, and without its own defaults. */
function saidOf(options: CallOptions, defaults: CallOptions): CallOptions {
  const { countdown: _c, eta: _e, shadow: _s, ...placement } = options
  return Object.fromEntries(
    Object.entries(placement).filter(([name, value]) => value !== defaults[name as keyof CallOptions]),
  )
}

function checkCanvas(canvas: unknown, deed: string): void {
  if (typeof canvas === 'object' && canvas !== null && 'toPlan' in canvas) return
  throw new ArpeggioError(
    'signature-invalid',
    `${deed} takes a signature, and was given ${String(canvas)}. A task makes one with .s().`,
  )
}

const OWN_STATES = new Set(['UNKNOWN', 'PENDING', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED'])

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
