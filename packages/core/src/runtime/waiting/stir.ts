/** Something that changes now and then, and one who waits until it does. */
export class Stir {
  #tell: () => void = () => {}

  /** It has changed. */
  happened(): void {
    this.#tell()
  }

  /** Until it changes the next time. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve
    })
  }
}
