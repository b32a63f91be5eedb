import {
  ArpeggioError,
  checkOptions,
  createWorker,
  isPoolThread,
  type PoolOptions,
  poolFor,
  type Worker,
  type WorkerOptions,
} from '@arpeggio/core'
import { problemError } from '../compile/arguments.ts'
import type { Config } from '../config/settings.ts'
import { workerOptions } from '../config/worker-options.ts'
import type { States } from '../tasks/states.ts'
import { LOG_LEVEL, type LogLevel } from '../telling/logging.ts'
import { type Ears, surroundings } from '../telling/surroundings.ts'
import type { Catalog } from './catalog.ts'
import type { Premises } from './premises.ts'
import type { Sending } from './sending.ts'

/** Whom they work for. */
interface Employer {
  readonly name: string
  readonly ears: Ears
  readonly states: States
  readonly catalog: Catalog
  readonly premises: Premises
  readonly sending: Sending
  config(): Config
  /** Refuses what a closed app cannot do. */
  open(deed: string): void
}

/** The workers of an app, as long as they work. */
export class Workforce {
  readonly #employer: Employer
  /** Those that were started, until they have stopped. */
  readonly #workers: Set<Worker> = new Set()

  constructor(employer: Employer) {
    this.#employer = employer
  }

  /** One more, which is not started yet. */
  hire({ logLevel, ...others }: WorkerOptions & PoolOptions & { readonly logLevel?: LogLevel }): Worker {
    const { name, ears, states, catalog, premises, sending, config } = this.#employer
    checkOptions({ logLevel }, { logLevel: LOG_LEVEL }, 'a worker')
    const loud = logLevel && surroundings(ears, { tasks: logLevel, lines: logLevel })
    const world = { ...premises.footing.world, ...loud }
    const pool = poolFor(workerOptions(others, config()), catalog, world)
    let wasReady = false
    const worker = createWorker(pool.registry, world, pool.options, {
      name,
      pool: others.pool ?? 'async',
      onStart: () => {
        if (isPoolThread()) throw startedInThread(name)
        this.#takeOn(worker)
        sending.serve()
      },
      onBegin: (ending) => {
        this.#takeOn(worker) // it may have stopped since it was asked to start
        return pool.open(ending)
      },
      onResize: (slots) => pool.fit(slots),
      onReady: (about) => {
        wasReady = true
        world.hearWorker('worker-ready', about)
      },
      onStopping: (running) => {
        if (wasReady) world.hearWorker('worker-shutting-down', { hostname: worker.hostname, running })
      },
      onStop: async (stopped) => {
        await pool.close()
        if (!this.#workers.delete(worker)) return // it had stopped before
        if (this.#workers.size === 0) await states.dispose()
        if (wasReady) world.hearWorker('worker-shutdown', { hostname: worker.hostname, ...stopped })
        wasReady = false
      },
    })
    for (const queue of pool.options.queues ?? []) {
      const problem = catalog.queueProblem(queue)
      if (problem !== null) throw problemError(problem)
    }
    return worker
  }

  /** All of them; tells how it went for each. */
  stop(): Promise<readonly PromiseSettledResult<unknown>[]> {
    return Promise.allSettled([...this.#workers].map((worker) => worker.stop()))
  }

  #takeOn(worker: Worker): void {
    this.#employer.open('start a worker')
    this.#workers.add(worker)
  }
}

function startedInThread(app: string): ArpeggioError {
  return new ArpeggioError(
    'worker-in-thread',
    `The module of ${app} starts a worker, also in the threads that load it for a worker. Start it in another module, or only if isMainThread of node:worker_threads says so.`,
  )
}
