import { setTimeout as sleep } from 'node:timers/promises'
import { type Events, isPlainObject, type JsonObject } from '@arpeggio/core'
import { readJson } from './border.ts'
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
/** Until a line that broke is made anew. */
const PAUSE_MS = 250

/** What has happened: a stream of limited length in the first partition, written only while somebody reads. */
export function eventsOf({ link, first: { redis, keys }, closed }: House): Events {
  let isRead = false
  let askedAt = Number.NEGATIVE_INFINITY

  async function record(events: readonly JsonObject[]): Promise<void> {
    askedAt = performance.now()
    await link.ready()
    const args = [MOST_KEPT, KEPT_MS, events.length, ...events.map((event) => packJson(event))]
    isRead = (await runScript(redis, 'record', keys.prefix, args)) === '1'
  }

  async function reading(): Promise<string> {
    return (await runScript(redis, 'reading', keys.prefix, [READER_MS])) as string
  }

  /** Tells what was written after an id, until nobody wants to hear it any more; what was told last is where it goes on. */
  async function follow(from: string, signal: AbortSignal, tell: Teller): Promise<void> {
    for (let last = from; !signal.aborted; ) {
      try {
        const line = await link.line(keys.events)
        signal.addEventListener('abort', () => line.disconnect(), { once: true })
        while (!signal.aborted) {
          await reading()
          const found = await line.xread('COUNT', AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', keys.events, last)
          const entries = found?.[0]?.[1] ?? []
          last = entries.at(-1)?.[0] ?? last
          if (entries.length > 0 && !signal.aborted)
            tell(entries.flatMap(([, [, text]]) => eventIn(text ?? '')))
        }
      } catch {
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => {}) // the line broke, or was ended
      }
    }
  }

  return {
    isRead() {
      if (performance.now() - askedAt > BELIEVED_MS) record([]).catch(() => {}) // then it is asked again
      return isRead
    },
    write: record,
    async read(listener) {
      await link.ready()
      const stopping = new AbortController()
      const from = await reading()
      isRead = true
      void follow(from, AbortSignal.any([stopping.signal, closed]), listener)
      return () => stopping.abort()
    },
  }
}

/** What is no event was written by somebody else. */
function eventIn(text: string): JsonObject[] {
  try {
    const event = readJson(text)
    return isPlainObject(event) ? [event as JsonObject] : []
  } catch {
    return []
  }
}

type Teller = (events: readonly JsonObject[]) => void
