import { randomUUID } from 'node:crypto'
import type { DeadLetter, DeadLetters } from '@arpeggio/core'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'

/** How long it is remembered who took a letter out, for him who was not told. */
const REMEMBERED_MS = 60_000

/** Messages that were given up. */
export function deadLettersOf({ link, partitions, of }: House): DeadLetters {
  return {
    async list() {
      await link.ready()
      const texts = await Promise.all(partitions.map(({ redis, keys }) => redis.hvals(keys.dead)))
      return texts.flat().map(unpackLetter)
    },
    async remove(id) {
      await link.ready()
      const { redis, keys } = of(id)
      const text = await runScript(redis, 'exhume', keys.prefix, [id, randomUUID(), REMEMBERED_MS])
      return text === '' ? null : unpackLetter(text as string)
    },
    async purge() {
      await link.ready()
      let purged = 0
      for (const { redis, keys } of partitions) {
        purged += await redis.hlen(keys.dead)
        await redis.unlink(keys.dead)
      }
      return purged
    },
  }
}

/** When it was buried, and the letter itself. */
function unpackLetter(text: string): DeadLetter {
  const end = text.indexOf('\n')
  const { message, reason } = JSON.parse(text.slice(end + 1))
  return { id: message.id, message, reason, buriedAt: Number(text.slice(0, end)) }
}
