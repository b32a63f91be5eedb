import type { Report } from '../telling/report.ts'
import type { Base } from './task-base.ts'

/** What the bases of an app's tasks keep in this process: made when it is first asked for, and again after it was disposed. */
export class States {
  readonly #kept: Map<Base, unknown> = new Map()
  readonly #report: Report

  constructor(report: Report) {
    this.#report = report
  }

  /** The state of a base. What could not be made is made anew the next time. */
  of(base: Base): unknown {
    if (this.#kept.has(base)) return this.#kept.get(base)
    const state = base.state?.()
    this.#kept.set(base, state)
    if (state instanceof Promise) state.catch(() => this.#drop(base, state))
    return state
  }

  /** Ends all there are. */
  async dispose(): Promise<void> {
    const kept = [...this.#kept]
    this.#kept.clear()
    for (const [base, state] of kept) {
      try {
        await end(base, await state)
      } catch (error) {
        this.#report('The state of a base could not be disposed', error)
      }
    }
  }

  #drop(base: Base, state: unknown): void {
    if (this.#kept.get(base) === state) this.#kept.delete(base)
  }
}

async function end(base: Base, state: unknown): Promise<void> {
  if (base.dispose) return void (await base.dispose(state))
  if (typeof state !== 'object' || state === null) return
  if (Symbol.asyncDispose in state) await (state as AsyncDisposable)[Symbol.asyncDispose]()
  else if (Symbol.dispose in state) (state as Disposable)[Symbol.dispose]()
}
