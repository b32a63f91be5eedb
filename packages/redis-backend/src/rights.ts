import type { Commands } from './commands.ts'
import { forbidden } from './insist.ts'
import type { Keys } from './keys.ts'
import { runScript } from './scripts.ts'

/** What is called on keys, by scripts or from here. */
const ON_KEYS = [
  ...['blpop', 'del', 'evalsha', 'exists', 'get', 'hdel', 'hexists', 'hget', 'hgetall', 'hincrby', 'hkeys'],
  ...[
    'hlen',
    'hmget',
    'hrandfield',
    'hscan',
    'hset',
    'hsetnx',
    'incr',
    'llen',
    'lpop',
    'lpush',
    'lrange',
    'persist',
  ],
  ...[
    'pexpire',
    'rename',
    'rpush',
    'sadd',
    'scard',
    'set',
    'sismember',
    'smembers',
    'spop',
    'srem',
    'sscan',
    'unlink',
    'zadd',
  ],
  ...['pttl', 'xadd', 'xread', 'xrevrange', 'zcount', 'zrange', 'zrem', 'zscore'],
]
/** What is called on channels. */
const ON_CHANNELS = ['spublish', 'ssubscribe', 'sunsubscribe']
/** What is called on neither. */
const ALONE = ['eval', 'info', 'time']

/** How those are said whose first argument is no key. */
const SAID: Readonly<Record<string, (key: string) => readonly string[]>> = {
  evalsha: (key) => ['evalsha', '', '1', key],
  xread: (key) => ['xread', 'STREAMS', key, '0'],
}

/** Every command a user of the server must be allowed, as its access control list writes it; a cluster needs two more. */
export const RIGHTS: readonly string[] = [...ON_KEYS, ...ON_CHANNELS, ...ALONE]
  .sort()
  .map((name) => `+${name}`)

/** Refuses a user who may not do all of it, and some things more: scripts would stop half way otherwise. */
export async function checkRights(
  redis: Commands,
  { prefix, heed }: Keys,
  more: readonly string[],
): Promise<void> {
  const asked = [
    ...ON_KEYS.map((name) => SAID[name]?.(prefix) ?? [name, prefix, prefix]),
    ...ON_CHANNELS.map((name) => [name, heed]),
    ...[...ALONE, ...more].map((name) => [name]),
  ]
  const args = asked.flatMap((words) => [words.length, ...words])
  const refused = await runScript(redis, 'rights', prefix, [asked.length, ...args])
  if (refused !== '') throw forbidden(String(refused))
}
