/** Things that wait for a moment, earliest first; equal moments in the order they came. A binary heap. */
export class Schedule<T> {
  readonly #heap: { readonly due: number; readonly nth: number; readonly item: T }[] = []
  #count = 0

  /** The earliest moment, or null when nothing waits. */
  get next(): number | null {
    return this.#heap[0]?.due ?? null
  }

  get size(): number {
    return this.#heap.length
  }

  get first(): T | undefined {
    return this.#heap[0]?.item
  }

  add(due: number, item: T): void {
    const heap = this.#heap
    heap.push({ due, nth: this.#count++, item })
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Takes the earliest, if its moment has come. */
  takeDue(now: number): T | undefined {
    return (this.next ?? Number.POSITIVE_INFINITY) > now ? undefined : this.takeFirst()
  }

  /** Takes the earliest. */
  takeFirst(): T | undefined {
    const heap = this.#heap
    const item = this.first
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return item
  }

  /** All of it, in order. */
  inOrder(): { readonly due: number; readonly item: T }[] {
    return [...this.#heap].sort((a, b) => a.due - b.due || a.nth - b.nth)
  }

  /** The same without what is not among these. */
  of(items: ReadonlySet<T>): Schedule<T> {
    const schedule = new Schedule<T>()
    const left = this.#heap.filter(({ item }) => items.has(item))
    for (const { due, item } of left.sort((a, b) => a.nth - b.nth)) schedule.add(due, item)
    return schedule
  }

  #sink(): void {
    const size = this.#heap.length
    for (let parent = 0; ; ) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < size && this.#before(child, least)) least = child
      }
      if (least === parent) return
      this.#swap(parent, least)
      parent = least
    }
  }

  #before(a: number, b: number): boolean {
    const x = this.#heap[a]
    const y = this.#heap[b]
    return x !== undefined && y !== undefined && (x.due - y.due || x.nth - y.nth) < 0
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const x = heap[a]
    const y = heap[b]
    if (x === undefined || y === undefined) return
    heap[a] = y
    heap[b] = x
  }
}
