import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ArpeggioError } from '@arpeggio/core'
import type { Cluster, Redis } from 'ioredis'
import type { Argument } from './wire.ts'

/** The decisions that are made inside Redis, one file each in `lua/`. */
export type ScriptName = (typeof NAMES)[number]

const NAMES = ['exchange', 'extend', 'forget', 'halt', 'leave', 'note', 'release', 'submit', 'watch'] as const

/** What they share, in the order in which it is put in front of each. */
const PARTS = ['parts/arguments', 'parts/queues', 'parts/runs', 'parts/chords', 'parts/wishes'] as const

/** What starts new work is refused by a full server; what ends work is not, because it frees more than it takes. */
const REFUSED_WHEN_FULL: ReadonlySet<ScriptName> = new Set(['submit'])

/** A script as the server is told of it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

const SCRIPTS: ReadonlyMap<ScriptName, Script> = new Map(NAMES.map((name) => [name, load(name)]))

/** The text of a script. */
export function scriptOf(name: ScriptName): Script {
  return SCRIPTS.get(name) as Script
}

function load(name: ScriptName): Script {
  const read = (file: string): string => readFileSync(new URL(`../lua/${file}.lua`, import.meta.url), 'utf8')
  const flags = REFUSED_WHEN_FULL.has(name) ? '' : ' flags=allow-oom'
  const text = `#!lua${flags}\n${PARTS.map(read).join('\n')}\n${read(name)}`
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** What passes by itself: a server that starts, fails over, moves slots or is busy with somebody's script. */
const PASSING =
  /^(LOADING|READONLY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|NOREPLICAS|MISCONF|UNBLOCKED)\b|Too many Cluster redirections|Connection is closed|Command timed out|Socket timeout/
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/**
 * Runs a script on a partition, as often as it takes: each of them, asked again, answers as it did. Gives up when the
 * backend is closed, and at what does not pass by itself.
 */
export async function runScript(
  redis: Redis | Cluster,
  name: ScriptName,
  prefix: string,
  args: readonly Argument[],
  closed: AbortSignal,
): Promise<unknown> {
  const { sha, text } = scriptOf(name)
  let command = 'EVALSHA'
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await redis.call(command, [command === 'EVAL' ? text : sha, 1, prefix, ...args])
    } catch (error) {
      const { message } = error as Error
      if (message.startsWith('NOSCRIPT')) command = 'EVAL'
      else if (message.startsWith('OOM')) throw full(error)
      else if (!PASSING.test(message) || closed.aborted) throw error
      else await sleep(pauseMs, undefined, { ref: false })
    }
  }
}

function full(cause: unknown): ArpeggioError {
  return new ArpeggioError(
    'backend-full',
    'Redis has no memory left for new work (maxmemory is reached). Nothing was sent; what runs already goes on and frees memory. Send again later, or give it more memory.',
    { cause },
  )
}
