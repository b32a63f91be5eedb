import type { Change, Listener } from '../ports/backend.ts'

/** Who listens to a run: to all of it, or to some of its nodes. What changes is told to those whom it concerns, and costs the others nothing. */
export class Audience {
  /** To all of them it is told that much may have changed. */
  readonly #listeners: Set<Listener> = new Set()
  readonly #ofAll: Set<Listener> = new Set()
  readonly #ofNodes: Map<string, Set<Listener>> = new Map()

  get isEmpty(): boolean {
    return this.#listeners.size === 0
  }

  /** Lets somebody listen, until he is called off. */
  add(hear: Listener, ids: readonly string[] | null): () => void {
    const listener: Listener = (change) => hear(change) // who listens twice hears twice
    this.#listeners.add(listener)
    if (ids === null) this.#ofAll.add(listener)
    for (const id of ids ?? []) {
      const listeners = this.#ofNodes.get(id) ?? new Set()
      this.#ofNodes.set(id, listeners.add(listener))
    }
    return () => {
      this.#listeners.delete(listener)
      this.#ofAll.delete(listener)
      for (const id of ids ?? []) {
        const listeners = this.#ofNodes.get(id)
        if (listeners?.delete(listener) && listeners.size === 0) this.#ofNodes.delete(id)
      }
    }
  }

  /** What has changed, or that much may have. */
  tell(change: Change | null): void {
    for (const listener of change === null ? this.#listeners : this.#ofAll) listener(change)
    if (change === null) return
    for (const listener of this.#ofNodes.get(change.id) ?? []) listener(change)
  }
}
