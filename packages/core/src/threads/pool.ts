import { availableParallelism } from 'node:os'
import { ArpeggioError } from '../model/errors.ts'
import type { Json } from '../model/json.ts'
import { LIMITS } from '../model/limits.ts'
import type { TaskContext, TaskWorld } from '../runtime/tasks/context.ts'
import type { Packer } from '../runtime/tasks/packer.ts'
import type { Lane, Registry, TaskDefinition } from '../runtime/tasks/task.ts'
import type { WorkerOptions } from '../runtime/worker/worker.ts'
import { type InThreads, type PoolOptions, readPool } from './pool-options.ts'
import { Thread } from './thread.ts'
import { ThreadLost } from './thread-lost.ts'

/** Where a worker runs what it takes. */
export interface Pool {
  /** The tasks, as they are run there. */
  readonly registry: Registry
  /** All that the worker itself needs to know. */
  readonly options: WorkerOptions
  /** Done when it can run something. Aborted when nobody waits for that any more. */
  open(ending: AbortSignal): Promise<void>
  /** Keeps what it needs for so many at once, and no more. */
  fit(slots: number): void
  /** Ends all that it holds. It can be opened again. */
  close(): Promise<void>
}

/** The pool that the options of a worker ask for, and those options without it. */
export function poolFor(given: WorkerOptions & PoolOptions, registry: Registry, world: TaskWorld): Pool {
  const { threads, others } = readPool(given)
  if (threads === null) return { registry, options: others, ...NOTHING_TO_DO }
  const concurrency = others.concurrency ?? (others.autoscale ? undefined : availableParallelism())
  const options = concurrency === undefined ? others : { ...others, concurrency }
  const pool = new ThreadPool(threads, registry, world, options.autoscale?.min ?? concurrency ?? 1)
  return {
    options,
    registry: pool.registry,
    open: (ending) => pool.open(ending),
    fit: (slots) => pool.fit(slots),
    close: () => pool.close(),
  }
}

const NOTHING_TO_DO: Pick<Pool, 'open' | 'fit' | 'close'> = {
  open: async () => {},
  fit: () => {},
  close: async () => {},
}

/** What needs no thread of its own: it gives what it was given. */
const TRIVIAL = 'celery.accumulate'

/** What comes from a thread was packed there. */
function packedThere({ open }: Packer): Packer {
  return { open, pack: (value) => value as Json, shorten: (json) => json }
}

/** Threads for as many tasks as run at once. One is started when it is needed, and goes on to the next task. */
class ThreadPool implements Lane {
  readonly registry: Registry
  readonly #how: InThreads & { readonly module: string }
  readonly #world: TaskWorld
  readonly #classes: Registry['errors']
  /** The last of them was busy last: those at the front are not needed as long as there is little to do. */
  #idle: Thread[] = []
  readonly #busy: Map<TaskContext, Thread> = new Map()
  /** All that are not gone yet. */
  readonly #threads: Set<Thread> = new Set()
  #slots: number

  constructor(
    how: InThreads & { readonly module: string },
    registry: Registry,
    world: TaskWorld,
    slots: number,
  ) {
    this.#how = how
    this.#world = world
    this.#classes = registry.errors
    this.#slots = slots
    this.registry = { ...registry, tasks: this.#inThreads(registry.tasks) }
  }

  /** The first thread shows whether the module can be loaded at all. */
  async open(ending: AbortSignal): Promise<void> {
    const thread = this.#next()
    const giveUp = (): void => thread.kill(new Error('its worker was stopped'))
    ending.addEventListener('abort', giveUp)
    try {
      await thread.ready
      this.#release(thread)
    } catch (cause) {
      throw new ArpeggioError(
        'option-invalid',
        `The module ${this.#how.module} of the worker's threads cannot be loaded: ${(cause as Error).message}.`,
        { cause },
      )
    } finally {
      ending.removeEventListener('abort', giveUp)
    }
  }

  fit(slots: number): void {
    this.#slots = slots
    const surplus = this.#idle.length + this.#busy.size - slots
    for (const thread of this.#idle.splice(0, Math.max(0, surplus))) void thread.end()
  }

  async close(): Promise<void> {
    this.#idle = []
    await Promise.all([...this.#threads].map((thread) => thread.end()))
  }

  async enter(context: TaskContext): Promise<void> {
    context.signal.throwIfAborted() // its worker may have stopped
    const thread = this.#next()
    this.#busy.set(context, thread)
    try {
      await thread.ready
    } catch (cause) {
      const { task } = context.message
      throw new ThreadLost(
        `No thread could be started for ${task}: ${(cause as Error).message}`,
        false,
        cause,
      )
    }
  }

  /** What has not begun when its thread dies goes to the next one, but not for ever: the module may be what they die of. */
  async run(context: TaskContext): Promise<unknown> {
    for (let nth = 1; ; nth++) {
      try {
        return await this.#threadOf(context).run(context)
      } catch (error) {
        const isUnrun = error instanceof ThreadLost && !error.hasBegun
        if (!isUnrun || nth === LIMITS.deliveries) throw error
      }
      await this.enter(context)
    }
  }

  #threadOf(context: TaskContext): Thread {
    const thread = this.#busy.get(context)
    if (thread === undefined) throw new Error(`${context.message.task} was not given a thread`)
    return thread
  }

  leave(context: TaskContext): void {
    const thread = this.#busy.get(context)
    this.#busy.delete(context)
    context.onAbort = null
    if (thread === undefined) return
    if (thread.isRunning) thread.kill(new Error('it was given up'))
    else this.#release(thread)
  }

  #next(): Thread {
    const idle = this.#idle.pop()
    idle?.wake()
    return idle ?? this.#start()
  }

  #start(): Thread {
    const thread = new Thread(this.#how, this.#world, this.#classes)
    this.#threads.add(thread)
    void thread.gone.then(() => {
      this.#threads.delete(thread)
      this.#idle = this.#idle.filter((other) => other !== thread)
    })
    return thread
  }

  /** It has done what it was needed for. */
  #release(thread: Thread): void {
    if (!thread.isFit) return
    const isSpent = thread.runs >= (this.#how.maxTasksPerChild ?? Number.POSITIVE_INFINITY)
    if (isSpent || this.#idle.length + this.#busy.size >= this.#slots) {
      void thread.end()
      return
    }
    thread.rest()
    this.#idle.push(thread)
  }

  /** The same tasks, but that their functions are called in threads. */
  #inThreads(tasks: Registry['tasks']): Registry['tasks'] {
    const known = new WeakMap<TaskDefinition, TaskDefinition>()
    const inThread = (task: TaskDefinition): TaskDefinition => ({
      ...task,
      lane: this,
      packer: packedThere(task.packer),
    })
    return {
      get: (name) => {
        const task = tasks.get(name)
        if (task === undefined || name === TRIVIAL) return task
        const there = known.get(task) ?? inThread(task)
        known.set(task, there)
        return there
      },
      has: (name) => tasks.has(name),
      keys: () => tasks.keys(),
    }
  }
}
