import type { Bus, Json } from '@arpeggio/core'
import { readJson } from './border.ts'
import type { House } from './house.ts'
import { packJson } from './wire.ts'

/** What processes tell each other, by way of the first partition. */
export function busOf({ link, news, first: { redis, keys } }: House): Bus {
  return {
    async tell(topic, message) {
      await link.ready()
      await redis.spublish(keys.bus(topic), packJson(message))
    },
    async hear(topic, listener) {
      await link.ready()
      return news.hear(keys.bus(topic), (text) => {
        const json = jsonIn(text)
        if (json !== undefined) listener(json)
      })
    },
  }
}

/** What is no JSON was told by nobody of ours. */
function jsonIn(text: string): Json | undefined {
  try {
    return readJson(text) as Json
  } catch {
    return undefined
  }
}
