import type { DeadLetter, DeadLetters } from '@arpeggio/core'
import type { House } from './house.ts'

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
      const text = await redis.hget(keys.dead, id)
      const removed = await redis.hdel(keys.dead, id)
      return text === null || removed === 0 ? null : unpackLetter(text)
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
