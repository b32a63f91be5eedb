import { Worker } from 'node:worker_threads'
import { packArguments } from './arguments.ts'
import type { Keys } from './keys.ts'
import { scriptOf } from './scripts.ts'
import type { Warn } from './warnings.ts'
import { isClient, isClusterClient, type Where } from './where.ts'

/** Whose leases are held, and for how long. */
interface Holder {
  readonly partitions: readonly Keys[]
  readonly worker: string
  readonly leaseMs: number
  /** Hears that leases are held by the workers alone. */
  readonly warn: Warn
}

/**
 * Holds the leases of this process from a thread of its own, so that a busy event loop is told apart from a dead process.
 * Workers hold theirs as well, between tasks; that is all there is where what says where Redis is cannot be handed to a
 * thread.
 */
export class Heartbeat {
  readonly #where: Where
  readonly #holder: Holder
  #thread: Worker | null = null
  #wasLame = false

  constructor(where: Where, holder: Holder) {
    this.#where = where
    this.#holder = holder
  }

  start(): void {
    if (this.#thread !== null) return
    const { partitions, worker, leaseMs } = this.#holder
    const prefixes = partitions.map(({ prefix }) => prefix)
    const workerData = {
      where: withoutDeeds(toData(this.#where)),
      prefixes,
      script: scriptOf('extend'),
      args: packArguments([worker, leaseMs, 0]),
      everyMs: leaseMs / 3,
    }
    try {
      this.#thread = new Worker(new URL('../thread/heartbeat.mjs', import.meta.url), {
        workerData,
        execArgv: [],
      })
    } catch (error) {
      if (!(error instanceof DOMException)) throw error // DataCloneError: it holds what threads cannot share
      this.#lame('what says where Redis is cannot be handed to it')
      return
    }
    this.#thread.unref()
    this.#thread.on('error', ({ message }) => this.#lame(message))
    this.#thread.on('message', (problem: string) => this.#lame(problem))
  }

  #lame(problem: string): void {
    const { warn } = this.#holder
    if (!this.#wasLame)
      warn(
        `The thread that holds leases cannot (${problem}). Tasks that keep the event loop busy may be run twice`,
      )
    this.#wasLame = true
  }

  async stop(): Promise<void> {
    await this.#thread?.terminate()
    this.#thread = null
  }
}

/** What a client says of itself, for another one like it. */
function toData(where: Where): unknown {
  if (typeof where === 'string') return where.replace(/^valkey/, 'redis')
  if (!isClient(where)) return where
  if (!isClusterClient(where)) return where.options
  const cluster = where.nodes('all').map(({ options: { host, port } }) => ({ host, port }))
  return { cluster, redisOptions: where.options.redisOptions }
}

/** Functions stay here: how often to try again, how to look names up. */
function withoutDeeds(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => typeof item !== 'function')
      .map(([name, item]) => [name, withoutDeeds(item)]),
  )
}
