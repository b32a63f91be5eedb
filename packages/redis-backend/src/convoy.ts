interface Waiting<Item, Answer> {
  readonly item: Item
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** How a convoy travels. */
export interface Travelling<Item, Answer> {
  /** How many of those who wait may travel together; at least one. */
  most(items: Iterable<Item>): number
  /** Their answers, in order. */
  travel(items: readonly Item[]): Promise<readonly Answer[]>
}

/** What is asked together, or while others are under way, travels together: nobody waits for a timer, and many cost one call. */
export class Convoy<Item, Answer> {
  readonly #travelling: Travelling<Item, Answer>
  readonly #waiting: Waiting<Item, Answer>[] = []
  #isUnderWay = false

  constructor(travelling: Travelling<Item, Answer>) {
    this.#travelling = travelling
  }

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#isUnderWay) void this.#go()
    })
  }

  async #go(): Promise<void> {
    this.#isUnderWay = true
    await new Promise((resolve) => setImmediate(resolve)) // for all who ask in this turn
    while (this.#waiting.length > 0) {
      const count = this.#travelling.most(itemsOf(this.#waiting))
      const batch = this.#waiting.splice(0, count)
      try {
        const answers = await this.#travelling.travel(batch.map(({ item }) => item))
        for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isUnderWay = false
  }
}

function* itemsOf<Item>(waiting: readonly { readonly item: Item }[]): Generator<Item> {
  for (const { item } of waiting) yield item
}
