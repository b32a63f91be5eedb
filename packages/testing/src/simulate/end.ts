import type { AsyncResult } from '@arpeggio/canvas'

/** How a workflow ended, as whoever waits for it sees it. */
export type End =
  | { readonly state: string; readonly value: unknown }
  | { readonly state: string; readonly error: string }
  /** It never did. */
  | { readonly state: 'STUCK' }

/** Waits for the end of a workflow. */
export async function endOf(result: AsyncResult<unknown>): Promise<End> {
  try {
    const value = await result.get()
    return { state: await result.state(), value }
  } catch (error) {
    return { state: await result.state(), error: String(error) }
  }
}

/** Whether a node that stands so has come to its end. */
export function isTerminal(state: string): boolean {
  return ['SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED'].includes(state)
}
