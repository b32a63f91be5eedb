import type { JsonObject, Presence } from '@arpeggio/core'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'
import { type Argument, packJson } from './wire.ts'

/** Who is there, as the first partition knows. */
export function presenceOf({ link, first: { redis, keys } }: House): Presence {
  async function tell(...args: readonly Argument[]): Promise<readonly string[]> {
    await link.ready()
    return (await runScript(redis, 'present', keys.prefix, args)) as string[]
  }
  return {
    async enter(name, about, forMs) {
      await tell(name, packJson(about), forMs)
    },
    async leave(name) {
      await tell(name, '', 0)
    },
    async list() {
      const texts = await tell('', '', 0)
      const names = texts.filter((_, i) => i % 2 === 0)
      return names.map((name, i) => ({ name, about: JSON.parse(texts[2 * i + 1] as string) as JsonObject }))
    },
  }
}
