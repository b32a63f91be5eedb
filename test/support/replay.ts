import type { Parameters } from 'fast-check'

/**
 * How a law is tried: so many runs, or `ARPEGGIO_RUNS`. A failure prints its seed and path; with these one case is played
 * again: `ARPEGGIO_SEED=42 ARPEGGIO_PATH=7:1 npx vitest run test/laws/running.test.ts -t 'the name of the law'`.
 */
export function replay<T = unknown>(runs: number): Parameters<T> {
  const { ARPEGGIO_SEED: seed, ARPEGGIO_PATH: path, ARPEGGIO_RUNS: asked } = process.env
  return {
    numRuns: asked === undefined ? runs : Number(asked),
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  }
}
