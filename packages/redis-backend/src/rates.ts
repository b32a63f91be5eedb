import { randomUUID } from 'node:crypto'
import type { Rates } from '@arpeggio/core'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'

/** Turns, counted in the first partition. */
export function ratesOf({ link, first: { redis, keys } }: House): Rates {
  return {
    async reserve(name, intervalMs) {
      await link.ready()
      return Number(await runScript(redis, 'reserve', keys.prefix, [name, randomUUID(), intervalMs]))
    },
  }
}
