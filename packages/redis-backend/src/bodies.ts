import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { referenceIn } from './message.ts'

/** A message with its body, which may be kept elsewhere. */
export function withBody(text: string, redis: Commands, keys: Keys): string | Promise<string> {
  return text.endsWith('}') ? text : fetchBody(text, redis, keys)
}

async function fetchBody(text: string, redis: Commands, keys: Keys): Promise<string> {
  const { run, name, fill } = referenceIn(text)
  const pieces = await redis.lrange(keys.list(run, name), 0, -1)
  return fill(pieces.join(''))
}
