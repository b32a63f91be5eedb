import { randomUUID } from 'node:crypto'
import { type CallMessage, type DeadLetter, type DeadLetters, runOf } from '@arpeggio/core'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'

/** How long it is remembered who took letters out, for him who was not told. */
const REMEMBERED_MS = 60_000

/** Messages that were given up. */
export function deadLettersOf({ link, partitions, of }: House): DeadLetters {
  return {
    async list() {
      await link.ready()
      const letters = await Promise.all(partitions.map(({ redis, keys }) => redis.hgetall(keys.dead)))
      return letters.flatMap((texts) => Object.entries(texts).map(([id, text]) => unpackLetter(id, text)))
    },
    async remove(id) {
      await link.ready()
      const { redis, keys } = of(id)
      const text = await runScript(redis, 'exhume', keys.prefix, [id, randomUUID(), REMEMBERED_MS])
      return text === '' ? null : unpackLetter(id, text as string)
    },
    async purge() {
      await link.ready()
      const counts = await Promise.all(
        partitions.map(({ redis, keys }) =>
          runScript(redis, 'purge', keys.prefix, [randomUUID(), REMEMBERED_MS]),
        ),
      )
      return counts.reduce<number>((sum, count) => sum + Number(count), 0)
    },
  }
}

/** In front of a message that could not be read; JSON never begins like this. */
const UNREADABLE = '!'

/** When it was buried, and the letter itself. */
function unpackLetter(id: string, text: string): DeadLetter {
  const end = text.indexOf('\n')
  const buriedAt = Number(text.slice(0, end))
  const letter = text.slice(end + 1)
  if (letter.startsWith(UNREADABLE)) {
    const message = stand(id, letter.slice(1))
    return { id, message, reason: 'it could not be read; its text is its only argument', buriedAt }
  }
  const { message, reason } = JSON.parse(letter)
  return { id, message, reason, buriedAt }
}

/** What stands for a message that could not be read. */
function stand(id: string, text: string): CallMessage {
  const call = {
    kind: 'call',
    id,
    at: '0',
    task: 'unreadable',
    args: [text],
    kwargs: {},
    options: {},
  } as const
  const course = { run: runOf(id), root: runOf(id), parent: null, group: null, seat: null, aside: false }
  return { ...call, ...course, retries: 0, countdown: 0, eta: null, link: [], errback: [], rest: [] }
}
