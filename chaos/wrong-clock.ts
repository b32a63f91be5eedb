/*
 * Loaded before anything else: from then on the clock of this process is wrong, by as many milliseconds as the address of
 * this file says: `wrong-clock.ts?180000`.
 */

const OFF_MS = Number(new URL(import.meta.url).search.slice(1))
const RightDate = Date

globalThis.Date = class extends RightDate {
  constructor(...args: readonly unknown[]) {
    super(...((args.length === 0 ? [RightDate.now() + OFF_MS] : args) as [number]))
  }

  static override now(): number {
    return RightDate.now() + OFF_MS
  }
} as DateConstructor
