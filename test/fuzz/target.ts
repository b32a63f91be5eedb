/** Something that reads what anybody may have written. */
export interface Target {
  /** What it reads when nothing is wrong: where fuzzing begins. */
  readonly samples: readonly string[]
  /** Reads a text. Refusing it as told is fine; anything else that is thrown is a crash. */
  read(text: string): void
}

/** Refuses what should not have come of a text. */
export function insist(holds: boolean, law: string): void {
  if (!holds) throw new Crash(law)
}

/** A law does not hold. */
export class Crash extends Error {}

/** What comes of reading, or undefined where that was refused in the way that is allowed. */
export function unlessRefused<T>(read: () => T, isRefusal: (error: unknown) => boolean): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}
