import {
  type Backend,
  currentTask,
  type Desk,
  type EagerWorld,
  eagerWorld,
  eventLog,
  memoryBackend,
  milliseconds,
  PLAIN_PACKER,
  type Registry,
  type Surroundings,
  standInFor,
  type TaskWorld,
  witnessed,
} from '@arpeggio/core'
import type { Config } from '../config/settings.ts'
import { type Around, type Ears, loudnessOf, surroundings } from '../telling/surroundings.ts'
import { moveIn, moveOut } from './tenants.ts'

/** What an app runs on. */
export interface Footing {
  readonly backend: Backend
  /** Where it sends from, and looks up, outside of tasks that run apart. */
  readonly desk: Desk
  /** Around what its workers run. */
  readonly world: TaskWorld & Around
  /** Around what runs eagerly. */
  readonly quiet: Surroundings
  /** Where everything runs at once, if it does. */
  readonly eager: EagerWorld | null
  /** Whether runs live in this process only, and need a worker of its own. */
  readonly isAlone: boolean
}

/** What is known of an app before it settles. */
interface Tenant {
  /** What it was given to live on. */
  readonly given: Backend | undefined
  readonly registry: Registry
  readonly ears: Ears
  /** Whether it was told where to write. */
  readonly isHeard: boolean
  /** Whether what its tasks send stays here, by whichever app. */
  readonly isApart: boolean
  config(): Config
}

/** Where an app lives: it settles, as its settings say, when that is first needed. From then on they stay as they are. */
export class Premises {
  readonly #tenant: Tenant
  /** What it lives on, and what it was given if it has no use for that. */
  readonly #held: Set<Backend> = new Set()
  #footing: Footing | null = null

  constructor(tenant: Tenant) {
    this.#tenant = tenant
    if (tenant.given !== undefined) this.#hold(tenant.given)
  }

  get isSettled(): boolean {
    return this.#footing !== null
  }

  get footing(): Footing {
    if (this.#footing !== null) return this.#footing
    this.#footing = settle(this.#tenant)
    this.#hold(this.#footing.backend)
    return this.#footing
  }

  /** Where it sends from and looks up, here: what a task that runs apart sends stays there, and is looked up there. */
  get desk(): Desk {
    const { desk } = this.footing
    const world = currentTask()?.world
    return world?.isApart ? { ...desk, backend: world.backend } : desk
  }

  /** Whether a backend, or what wraps it, is one of those that it holds. */
  isOn(backend: Backend): boolean {
    return [...this.#held].some(({ closed }) => closed === backend.closed)
  }

  /** For good. What it would have lived on, if it never did, is closed as well. */
  async leave(): Promise<void> {
    this.#hold(this.footing.backend)
    await Promise.all([...this.#held].map(moveOut))
  }

  #hold(backend: Backend): void {
    if (this.#held.has(backend)) return
    this.#held.add(backend)
    moveIn(backend)
  }
}

/** On the backend that was given, or else in memory. */
function settle({ given, registry, ears, isHeard, isApart, config: configOf }: Tenant): Footing {
  const config = configOf()
  const loudness = loudnessOf(config.logLevel, isHeard, given)
  const quiet = surroundings(ears, loudness.eager)
  const memory = { resultTtlMs: milliseconds(config.resultExpires, 'resultExpires') }
  const eager = config.taskAlwaysEager ? eagerWorld(registry, quiet, memory) : null
  const backend = eager?.backend ?? standInFor(given ?? memoryBackend(memory))
  const { hostname, report } = ears
  const log = eventLog(backend, { hostname: () => hostname, always: config.taskSendSentEvent, report })
  const world: TaskWorld & Around = {
    ...surroundings(ears, loudness.workers),
    backend,
    isEager: false,
    isApart,
    stopwatch: backend.clock,
    block: () => () => {},
    tellsAlways: config.workerSendTaskEvents,
  }
  const { errors, packer = PLAIN_PACKER } = registry
  const desk = { backend: witnessed(backend, log), errors, packer }
  return { backend, desk, world, quiet, eager, isAlone: eager === null && given === undefined }
}
