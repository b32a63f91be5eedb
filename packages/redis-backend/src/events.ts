import type { Events, JsonObject } from '@arpeggio/core'
import type { Redis } from 'ioredis'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'
import { packJson } from './wire.ts'

/** Events that are kept at most, and for how long after the last of them. */
const MOST_KEPT = 10_000
const KEPT_MS = 3_600_000
/** How long who reads is known to read, if he does not say so again; and how long others believe what they know of that. */
const READER_MS = 5_000
const BELIEVED_MS = 2_000
const BLOCK_MS = 1_000
const AT_ONCE = 1_000

/** What has happened: a stream of limited length in the first partition, written only while somebody reads. */
export function eventsOf({ link, partitions, closed }: House): Events {
  const [{ redis, keys }] = partitions
  let isRead = false
  let askedAt = Number.NEGATIVE_INFINITY

  /** Asks in the background, now and then. */
  function ask(): void {
    if (performance.now() - askedAt < BELIEVED_MS) return
    askedAt = performance.now()
    link
      .ready()
      .then(() => redis.exists(keys.readers))
      .then((count) => {
        isRead = count > 0
      })
      .catch(() => {}) // it is asked again
  }

  async function follow(line: Redis, from: string, stopped: AbortSignal, tell: Teller): Promise<void> {
    let last = from
    while (!stopped.aborted && !closed.aborted) {
      await redis.set(keys.readers, '1', READER_MS)
      const found = await line.xread('COUNT', AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', keys.events, last)
      const entries = found?.[0]?.[1] ?? []
      if (entries.length === 0 || stopped.aborted) continue
      last = entries.at(-1)?.[0] ?? last
      tell(entries.map(([, [, text]]) => JSON.parse(text as string)))
    }
  }

  return {
    isRead() {
      ask()
      return isRead
    },
    async write(events) {
      await link.ready()
      const args = [MOST_KEPT, KEPT_MS, events.length, ...events.map(packJson)]
      isRead = (await runScript(redis, 'record', keys.prefix, args)) === '1'
    },
    async read(listener) {
      await link.ready()
      const stopping = new AbortController()
      await redis.set(keys.readers, '1', READER_MS)
      let last = await redis.lastOf(keys.events)
      const tell: Teller = (events) => {
        if (!stopping.signal.aborted) listener(events)
      }
      void (async () => {
        while (!stopping.signal.aborted && !closed.aborted) {
          const line = await link.line(keys.events).catch(() => null)
          try {
            if (line !== null) await follow(line, last, stopping.signal, tell)
          } catch {
            last = '$' // what was told while the line was broken is missed
          } finally {
            line?.disconnect()
          }
        }
      })()
      return () => stopping.abort()
    },
  }
}

type Teller = (events: readonly JsonObject[]) => void
