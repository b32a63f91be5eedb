import { isPlainObject, type JsonObject, type Presence } from '@arpeggio/core'
import { readJson } from './border.ts'
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
      return names.flatMap((name, i) => {
        const about = aboutIn(texts[2 * i + 1] as string)
        return about === null ? [] : [{ name, about }]
      })
    },
  }
}

/** Whoever says nothing that can be read is not there. */
function aboutIn(text: string): JsonObject | null {
  try {
    const about = readJson(text)
    return isPlainObject(about) ? (about as JsonObject) : null
  } catch {
    return null
  }
}
