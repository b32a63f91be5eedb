import { randomUUID } from 'node:crypto'
import type { Lists, StoredItem, Wish } from '@arpeggio/core'
import type { Cluster, Redis } from 'ioredis'
import type { Keys } from './keys.ts'
import { packJson, type Staged } from './wire.ts'

/** A list with more items than this is put in place before the script that needs it, so that no script runs long. */
const MOST_INLINE = 500
/** Characters sent in one go. */
const PORTION = 262_144
/** How long a staged list is kept if nobody ever takes it up. */
const KEPT_MS = 3_600_000

const NOTHING: Staged = new Map()

/** Puts long lists in Redis piece by piece; tells under which keys. */
export async function stageLists(
  redis: Redis | Cluster,
  keys: Keys,
  wishes: readonly Wish[],
  lists: Lists | null = null,
): Promise<Staged> {
  const long: [string, readonly StoredItem[]][] = []
  for (const wish of wishes) if (wish.do === 'graft') long.push(...longOf(wish.lists))
  if (lists !== null) long.push(...longOf(lists))
  if (long.length === 0) return NOTHING
  const attempt = randomUUID()
  const staged = new Map<string, string>()
  for (const [name, items] of long) {
    const key = keys.staged(attempt, name)
    await stage(redis, key, items)
    staged.set(name, key)
  }
  return staged
}

function longOf(lists: Lists): [string, readonly StoredItem[]][] {
  return Object.entries(lists).filter(([, items]) => items.length > MOST_INLINE)
}

async function stage(redis: Redis | Cluster, key: string, items: readonly StoredItem[]): Promise<void> {
  let portion: string[] = []
  let size = 0
  for (const item of items) {
    const text = packJson(item)
    portion.push(text)
    size += text.length
    if (size < PORTION) continue
    await redis.rpush(key, ...portion)
    portion = []
    size = 0
  }
  if (portion.length > 0) await redis.rpush(key, ...portion)
  await redis.pexpire(key, KEPT_MS)
}
