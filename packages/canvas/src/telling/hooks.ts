import { ArpeggioError, type Happenings, type Stopped, unknownOption, type WorkerPlace } from '@arpeggio/core'
import type { Report } from './report.ts'

/** What `app.on` can listen to, and what its listeners are told. */
export interface AppEvents extends Happenings, WorkerEvents {}

/** What happens to workers. */
export interface WorkerEvents {
  /** It takes messages from now on. */
  'worker-ready': WorkerPlace
  /** It takes nothing new, and waits for so many tasks that run. */
  'worker-shutting-down': { readonly hostname: string; readonly running: number }
  /** It has stopped: so many of the tasks that ran then have finished, so many were given back. */
  'worker-shutdown': Stopped & { readonly hostname: string }
}

/** Every event there is. */
const EVENTS: Record<keyof AppEvents, true> = {
  'task-sent': true,
  'task-received': true,
  'task-prerun': true,
  'task-postrun': true,
  'task-success': true,
  'task-failure': true,
  'task-retry': true,
  'task-revoked': true,
  'task-rejected': true,
  'worker-ready': true,
  'worker-shutting-down': true,
  'worker-shutdown': true,
}

type Listener = (event: never) => unknown

/** Who listens to what. Listeners are called one after another, and cannot harm each other or what they listen to. */
export class Hooks {
  readonly #listeners: Map<keyof AppEvents, Set<{ readonly listener: Listener }>> = new Map()
  readonly #report: Report

  constructor(report: Report) {
    this.#report = report
  }

  /** Listens until it is called off. Who listens twice hears twice. */
  on<Name extends keyof AppEvents>(name: Name, listener: (event: AppEvents[Name]) => unknown): () => void {
    if (!Object.hasOwn(EVENTS, name)) throw unknownOption(name, Object.keys(EVENTS), 'app.on')
    if (typeof listener !== 'function') {
      throw new ArpeggioError('option-invalid', `app.on('${name}') was given no listener. Give a function.`)
    }
    const entry = { listener }
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(entry))
    return () => void listeners.delete(entry)
  }

  hears(name: keyof AppEvents): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  tell(name: keyof AppEvents, event: AppEvents[keyof AppEvents]): void {
    for (const { listener } of [...(this.#listeners.get(name) ?? [])]) {
      const told = async (): Promise<unknown> => listener(event as never)
      told().catch((error: unknown) => this.#report(`A listener of ${name} threw`, error))
    }
  }
}
