import { randomUUID } from 'node:crypto'
import type { Lists, StoredItem, Wish } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { runScript } from './scripts.ts'
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
  redis: Commands,
  keys: Keys,
  wishes: readonly Wish[],
  lists: Lists | null = null,
): Promise<Staged> {
  const long: [string, readonly StoredItem[]][] = []
  for (const wish of wishes) if (wish.do === 'graft') long.push(...longOf(wish.lists))
  if (lists !== null) long.push(...longOf(lists))
  if (long.length === 0) return NOTHING
  const script = lists === null ? 'stage-more' : 'stage'
  const staged = new Map<string, string>()
  for (const [name, items] of long) staged.set(name, await stage(redis, keys, script, name, items))
  return staged
}

function longOf(lists: Lists): [string, readonly StoredItem[]][] {
  return Object.entries(lists).filter(([, items]) => items.length > MOST_INLINE)
}

/** The key it was put under. A server that forgot some of it meanwhile is told all of it again. */
async function stage(
  redis: Commands,
  keys: Keys,
  script: 'stage' | 'stage-more',
  name: string,
  items: readonly StoredItem[],
): Promise<string> {
  for (;;) {
    const key = keys.staged(randomUUID(), name)
    if (await put(redis, keys, script, key, items)) return key
  }
}

/** Whether all of it is there. */
async function put(
  redis: Commands,
  keys: Keys,
  script: 'stage' | 'stage-more',
  key: string,
  items: readonly StoredItem[],
): Promise<boolean> {
  let count = 0
  for (const portion of portionsOf(items)) {
    const there = await runScript(redis, script, keys.prefix, [key, count, KEPT_MS, ...portion])
    count += portion.length
    if (there !== count) return false
  }
  return true
}

function* portionsOf(items: readonly StoredItem[]): Generator<readonly string[]> {
  let portion: string[] = []
  let size = 0
  for (const item of items) {
    const text = packJson(item)
    portion.push(text)
    size += text.length
    if (size < PORTION) continue
    yield portion
    portion = []
    size = 0
  }
  if (portion.length > 0) yield portion
}
