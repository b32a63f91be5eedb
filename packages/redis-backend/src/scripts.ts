import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'
import type { Argument } from './wire.ts'

/** The decisions that are made inside Redis, one file each in `lua/`. */
export type ScriptName = (typeof NAMES)[number]

const NAMES = ['exchange', 'extend', 'forget', 'halt', 'leave', 'note', 'release', 'submit'] as const

/** What starts new work is refused by a full server; what ends work is not, because it frees more than it takes. */
const REFUSED_WHEN_FULL: ReadonlySet<ScriptName> = new Set(['submit'])

interface Script {
  readonly text: string
  readonly sha: string
}

const SCRIPTS: ReadonlyMap<ScriptName, Script> = new Map(NAMES.map((name) => [name, load(name)]))

function load(name: ScriptName): Script {
  const read = (file: string): string => readFileSync(new URL(`../lua/${file}.lua`, import.meta.url), 'utf8')
  const flags = REFUSED_WHEN_FULL.has(name) ? '' : ' flags=allow-oom'
  const text = `#!lua${flags}\n${read('common')}\n${read(name)}`
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Runs a script on a partition. One that the server has forgotten, as after a restart, is told again. */
export async function runScript(
  redis: Redis | Cluster,
  name: ScriptName,
  prefix: string,
  args: readonly Argument[],
): Promise<unknown> {
  const { sha, text } = SCRIPTS.get(name) as Script
  try {
    return await redis.call('EVALSHA', [sha, 1, prefix, ...args])
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return redis.call('EVAL', [text, 1, prefix, ...args])
  }
}
