import { LIMITS, type Shape } from '@arpeggio/core'

/** The outlines of the runs that were sent last, so that handles made from their ids know their neighbours at once. */
export class Outlines {
  readonly #shapes: Map<string, Shape> = new Map()

  get(run: string): Shape | null {
    return this.#shapes.get(run) ?? null
  }

  keep(run: string, shape: Shape): void {
    this.#shapes.set(run, shape)
    if (this.#shapes.size <= LIMITS.outlinesAtHand) return
    const [oldest] = this.#shapes.keys()
    this.#shapes.delete(oldest as string)
  }
}
