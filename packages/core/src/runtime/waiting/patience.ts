const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000

/** How long to wait after so many tries that failed: what went wrong may pass. */
export function waitAfter(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS)
}
