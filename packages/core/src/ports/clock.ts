/** Time, handed in. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls back once at that moment; returns how to call it off. */
  at(moment: number, callback: () => void): () => void
}
