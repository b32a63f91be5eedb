/** Something that goes wrong, and is mended. */
export interface Fault {
  /** Faults of one track come one after another; tracks go side by side. */
  readonly track: 'processes' | 'servers'
  /** Where it is counted. */
  readonly column: 'kills' | 'stops' | 'serverKills' | 'failovers' | 'others'
  /** Done when it is mended, or will be. `choice` is drawn from the seed. */
  strike(choice: number, signal: AbortSignal): Promise<void> | void
}

/** Faults by name. */
export type Faults = Readonly<Record<string, Fault>>

/** One of several. */
export function pick<T>(items: readonly T[], choice: number): T {
  return items[choice % items.length] as T
}

/** A number of milliseconds from `least` to `most`. */
export function between(least: number, most: number, choice: number): number {
  return least + (choice % (most - least + 1))
}
