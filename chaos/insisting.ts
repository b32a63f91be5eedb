import { setTimeout as sleep } from 'node:timers/promises'
import type { ArpeggioError } from '@arpeggio/core'

const PAUSE_MS = 100

/** Asks again as long as it fails in one of these ways: what users do when Redis was away for too long, or is full. */
export async function insisting<T>(
  ask: () => Promise<T>,
  codes: readonly string[],
  said: (why: string) => void = () => {},
): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const { code } = error as ArpeggioError
      if (!codes.includes(code)) throw error
      said(code)
      await sleep(PAUSE_MS)
    }
  }
}
