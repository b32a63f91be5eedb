import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { packArguments } from './arguments.ts'
import type { Commands, Runner, Script } from './commands.ts'
import type { Argument } from './wire.ts'

/** The decisions that are made inside Redis, one file each in `lua/`. */
export type ScriptName = (typeof NAMES)[number]

const NAMES = [
  'agree',
  'bury',
  'call-off',
  'exchange',
  'exhume',
  'extend',
  'forget',
  'halt',
  'keep-time',
  'leave',
  'note',
  'present',
  'purge',
  'queues',
  'reading',
  'record',
  'release',
  'reopen',
  'reserve',
  'rights',
  'scheduled',
  'stage',
  'stage-more',
  'submit',
  'watch',
] as const

/** What they share, in the order in which it is put in front of each. */
const PARTS = [
  'parts/arguments',
  'parts/queues',
  'parts/halts',
  'parts/deadlines',
  'parts/lists',
  'parts/kept',
  'parts/ears',
  'parts/runs',
  'parts/chords',
  'parts/reopening',
  'parts/wishes',
] as const

/** Those that need nothing of it but their arguments. */
const ALONE: ReadonlySet<ScriptName> = new Set([
  'agree',
  'present',
  'reading',
  'record',
  'reserve',
  'rights',
  'stage',
  'stage-more',
])
/** What starts new work is refused by a full server; what ends work is not, because it frees more than it takes. */
const REFUSED_WHEN_FULL: ReadonlySet<ScriptName> = new Set(['stage', 'submit'])
/** The same script under two names: what is added to a run that is under way is not refused. */
const FILES: Partial<Record<ScriptName, string>> = { 'stage-more': 'stage' }
/** What tells of work that is done or under way: it is asked until the backend is closed. */
const PATIENT: ReadonlySet<ScriptName> = new Set(['bury', 'exchange', 'note', 'release'])

const SCRIPTS: ReadonlyMap<ScriptName, Script> = new Map(NAMES.map((name) => [name, load(name)]))

/** The text of a script. */
export function scriptOf(name: ScriptName): Script {
  return SCRIPTS.get(name) as Script
}

function load(name: ScriptName): Script {
  const read = (file: string): string => readFileSync(new URL(`../lua/${file}.lua`, import.meta.url), 'utf8')
  const flags = REFUSED_WHEN_FULL.has(name) ? '' : ' flags=allow-oom'
  const parts = ALONE.has(name) ? PARTS.slice(0, 1) : PARTS
  const text = `#!lua${flags}\n${[...parts, FILES[name] ?? name].map(read).join('\n')}`
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/**
 * Runs a script on a partition, as often as it takes: each of them, asked again, answers as it did. It names two keys that
 * are never there. While the slot of a partition moves from one node of a cluster to another, the server therefore runs
 * none (TRYAGAIN), so that none sees half a partition.
 */
export function runScript(
  redis: Commands,
  name: ScriptName,
  prefix: string,
  args: readonly Argument[],
): Promise<unknown> {
  return runScriptBy(PATIENT.has(name) ? redis.patient : redis, name, prefix, args)
}

/** The same, by whoever is given. */
export function runScriptBy(
  runner: Runner,
  name: ScriptName,
  prefix: string,
  args: readonly Argument[],
): Promise<unknown> {
  return runner.run(scriptOf(name), [2, prefix, `${prefix}.`, ...packArguments(args)])
}
