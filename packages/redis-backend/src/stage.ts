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

export const NOTHING_STAGED: Staged = new Map()

type NamedList = readonly [name: string, items: readonly StoredItem[]]

/** The lists among wishes, and those that come along, that are too long to travel. */
export function longLists(wishes: readonly Wish[], lists: Lists = {}): NamedList[] {
  const long = longOf(lists)
  for (const wish of wishes) if (wish.do === 'graft') long.push(...longOf(wish.lists))
  return long
}

function longOf(lists: Lists): NamedList[] {
  return Object.entries(lists).filter(([, items]) => items.length > MOST_INLINE)
}

/** Puts lists in Redis piece by piece; tells under which keys. */
export async function stageLists(
  redis: Redis | Cluster,
  keys: Keys,
  lists: readonly NamedList[],
): Promise<Staged> {
  const attempt = randomUUID()
  const staged = new Map<string, string>()
  for (const [name, items] of lists) {
    const key = keys.staged(attempt, name)
    await stage(redis, key, items)
    staged.set(name, key)
  }
  return staged
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
