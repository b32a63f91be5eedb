import { randomUUID } from 'node:crypto'
import { type CallMessage, type DeadLetter, type DeadLetters, isPlainObject, runOf } from '@arpeggio/core'
import { readJson, readMessage } from './border.ts'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'
import type { Seal } from './seal.ts'
import { reasonOf, tellsOfDistrust } from './untrusted.ts'

/** How long it is remembered who took letters out, for him who was not told. */
const REMEMBERED_MS = 60_000

/** Messages that were given up. */
export function deadLettersOf({ link, partitions, of, seal }: House): DeadLetters {
  return {
    async list() {
      await link.ready()
      const letters = await Promise.all(partitions.map(({ redis, keys }) => redis.hgetall(keys.dead)))
      return letters.flatMap((texts) =>
        Object.entries(texts).map(([id, text]) => unpackLetter(id, text, seal)),
      )
    },
    async remove(id) {
      await link.ready()
      const { redis, keys } = of(id)
      const text = await runScript(redis, 'exhume', keys.prefix, [id, randomUUID(), REMEMBERED_MS])
      return text === '' ? null : unpackLetter(id, text as string, seal)
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

/** In front of a message that could not be read, or not be trusted; JSON never begins like this. */
const UNREADABLE = '!'

/** When it was buried, and the letter itself. */
function unpackLetter(id: string, text: string, seal: Seal): DeadLetter {
  const end = text.indexOf('\n')
  const buriedAt = Number(text.slice(0, end)) || 0
  const letter = text.slice(end + 1)
  if (letter.startsWith(UNREADABLE)) {
    const line = letter.indexOf('\n')
    return { ...unreadable(id, letter.slice(line + 1), letter.slice(1, line)), buriedAt }
  }
  try {
    return { id, ...readLetter(readJson(seal.open(['letter', id], letter))), buriedAt }
  } catch (error) {
    return { ...unreadable(id, letter, reasonOf(error)), buriedAt }
  }
}

/** What was buried, and why. It was a message that could be read, and whoever wants to run it sends it anew. */
function readLetter(json: unknown): Pick<DeadLetter, 'message' | 'reason'> {
  const { message, reason } = isPlainObject(json) ? json : {}
  if (isPlainObject(message) && typeof reason === 'string') return { message: readMessage(message), reason }
  throw new Error('the letter is none')
}

function unreadable(id: string, text: string, why: string): Omit<DeadLetter, 'buriedAt'> {
  const what = tellsOfDistrust(why) ? 'was not trusted' : 'could not be read'
  const reason = `it ${what}${why === '' ? '' : ` (${why})`}; its text is its only argument`
  return { id, message: stand(id, text), reason }
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
