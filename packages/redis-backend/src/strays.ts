import { ArpeggioError } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import { isOfWrongType } from './insist.ts'
import type { Keys, KeyType } from './keys.ts'
import type { Argument } from './wire.ts'

/** Queues that are looked at, when something is wrong with one of them. */
const MOST_QUEUES = 100

/**
 * An error; of a script that met a key with something else in it than belongs there, one that names the key. Scripts are
 * not told which that was, so it is looked for, where these queues have their messages.
 */
export async function namingStrays(
  error: unknown,
  redis: Commands,
  keys: Keys,
  queues: Iterable<string>,
): Promise<unknown> {
  if (!(error instanceof ArpeggioError) || !isOfWrongType(error.cause)) return error
  try {
    const strays = await straysIn(redis, keys, [...new Set(queues)].slice(0, MOST_QUEUES))
    return strays.length === 0 ? error : strangers(strays, error)
  } catch {
    return error // it could not be asked
  }
}

async function straysIn(redis: Commands, keys: Keys, queues: readonly string[]): Promise<string[]> {
  const known = [...keys.common, ...queues.flatMap((queue) => keys.ofQueue(queue))]
  const areRight = await Promise.all(known.map(([key, type]) => redis.has(type, key)))
  return known.flatMap(([key, type], i) =>
    areRight[i] ? [] : [`${JSON.stringify(key)} (no ${WORDS[type]})`],
  )
}

const WORDS: Readonly<Record<KeyType, string>> = {
  list: 'list',
  set: 'set',
  zset: 'sorted set',
  hash: 'hash',
}

function strangers(strays: readonly string[], cause: ArpeggioError): ArpeggioError {
  return new ArpeggioError(
    'backend-refused',
    `Somebody else has written to Redis where Arpeggio keeps its own: ${strays.join(', ')}. Look who that was, and delete what is there, or give redisBackend another prefix; until then nothing gets past it.`,
    { cause },
  )
}

/** The queues of the messages among the arguments of a script. */
export function queuesIn(args: readonly Argument[]): string[] {
  return args.flatMap((arg) => {
    const [, queue] = (typeof arg === 'string' && /^\d+k?\n([^\n]*)\n\d\n/.exec(arg)) || []
    return queue === undefined ? [] : [queue]
  })
}
