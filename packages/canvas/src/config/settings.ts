import { ArpeggioError, isPlainObject, show, unknownOption } from '@arpeggio/core'
import { capture } from '../node/capture.ts'
import { SETTING_KINDS, type SettingValues } from './setting-kinds.ts'

/*
 * Every setting of an app: of which kind it is, what it is when nothing is said, and what it says. Types, checks, defaults
 * and the listing in the docs come from here. `short` is a name of old for the same; where one name is short for several,
 * it says it of all.
 */
const table = {
  taskDefaultQueue: {
    kind: 'queue',
    default: 'default',
    says: 'where calls go that nothing else leads anywhere',
  },
  taskQueues: {
    kind: 'queues',
    default: null,
    says: 'the queues there are. A worker that names none serves these, and the default queue; if nothing is said, that alone',
  },
  taskCreateMissingQueues: {
    kind: 'flag',
    default: true,
    says: 'whether calls and workers may name queues that are not among `taskQueues`',
  },
  taskRoutes: { kind: 'routes', default: null, says: 'where calls go by the names of their tasks' },
  taskAnnotations: {
    kind: 'annotations',
    default: null,
    says: 'options of tasks by their names, which win over their own',
  },
  taskDefaultPriority: { kind: 'priority', default: 5, says: 'the priority of calls; 0 goes first, 9 last' },
  taskDefaultRateLimit: { kind: 'rate', default: null, says: 'how often a task may start' },
  taskTimeLimit: { kind: 'duration', default: null, says: 'after how long a call fails' },
  taskSoftTimeLimit: { kind: 'duration', default: null, says: 'after how long a task is asked to stop' },
  taskIgnoreResult: { kind: 'flag', default: false, says: 'whether values are not kept' },
  taskSerializer: { kind: 'name', default: 'json', says: 'what arguments are packed by' },
  taskCompression: {
    kind: 'compression',
    default: 'none',
    says: 'whether long arguments are made shorter, and how',
  },
  resultSerializer: { kind: 'name', default: 'json', says: 'what results are packed by' },
  resultCompression: {
    kind: 'compression',
    default: 'none',
    says: 'whether long results are made shorter, and how',
  },
  taskTrackStarted: { kind: 'flag', default: false, says: 'whether tasks tell the state STARTED' },
  taskAcksLate: { kind: 'flag', default: true, says: '`false`: tasks are run at most once' },
  taskRejectOnWorkerLost: {
    kind: 'flag',
    default: true,
    says: '`false`: tasks fail when their worker dies, instead of running again',
  },
  taskAlwaysEager: {
    kind: 'flag',
    default: false,
    short: 'alwaysEager',
    says: 'everything runs here and now, in virtual time: for tests',
  },
  taskEagerPropagates: {
    kind: 'flag',
    default: false,
    says: 'what fails eagerly is thrown by the call that runs it',
  },
  taskSendSentEvent: {
    kind: 'flag',
    default: false,
    short: 'events',
    says: 'who sends tells its events always, not only while somebody is known to read',
  },
  taskNaming: {
    kind: 'naming',
    default: null,
    says: "names tasks that give no name, from the function's name and the app's",
  },
  workerConcurrency: {
    kind: 'count',
    default: null,
    says: 'how many tasks a worker may run at once. If nothing is said, 10, or with threads as many as there are processors',
  },
  workerPrefetchMultiplier: {
    kind: 'factor',
    default: 1,
    says: 'how many a worker may hold that wait for their turn, for each that may run at once',
  },
  workerDisableRateLimits: {
    kind: 'flag',
    default: false,
    says: 'tasks start as soon as they can, whatever their rate limits',
  },
  workerSendTaskEvents: {
    kind: 'flag',
    default: false,
    short: 'events',
    says: 'workers tell their events always, not only while somebody is known to read',
  },
  resultExpires: {
    kind: 'duration',
    default: '1d',
    says: "how long results are kept. Of the app's own memory: a backend that it is given has its own rule",
  },
  logLevel: {
    kind: 'level',
    default: null,
    says: 'from which level on is written. If nothing is said, it depends on where the app lives',
  },
} as const

type Table = typeof table
type Name = keyof Table
type ValueOf<N extends Name> = SettingValues[Table[N]['kind']]

/** The name of old of a setting, if it has one. */
type ShortOf<N extends Name> = Table[N] extends { readonly short: infer Short extends string } ? Short : never

/** What can be said to an app. */
export type Settings = { readonly [N in Name]?: ValueOf<N> } & {
  readonly [N in Name as ShortOf<N>]?: ValueOf<N>
}

/** What an app goes by: every setting, as it was said, or else its default. */
export type Config = {
  readonly [N in Name]: null extends Table[N]['default'] ? ValueOf<N> | null : ValueOf<N>
}

/** A setting, whichever it is. */
interface Entry {
  readonly kind: keyof SettingValues
  readonly default: unknown
  readonly says: string
  readonly short?: string
}

/** All settings, by name. */
export const SETTINGS: Readonly<Record<Name, Entry>> = table

/** What an app goes by that is told nothing. */
export const DEFAULTS: Config = Object.freeze(
  Object.fromEntries(Object.entries(SETTINGS).map(([name, entry]) => [name, entry.default])),
) as Config

/** What each name says: a long one itself, a short one all that it is short for. */
const MEANT: ReadonlyMap<string, readonly Name[]> = meanings()

/**
 * Settings, checked, by their long names. `undefined` says nothing; where a long name and a short one are both there, the
 * long one counts. `others` are names that mean something to whoever asks.
 */
export function readSettings(given: unknown, owner: string, others: readonly string[] = []): Partial<Config> {
  if (!isPlainObject(given)) {
    throw new ArpeggioError('option-invalid', `The options of ${owner} are ${show(given)}. Give an object.`)
  }
  const said: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const meant = MEANT.get(name)
    if (meant === undefined) throw unknownOption(name, [...MEANT.keys(), ...others], owner)
    if (value === undefined) continue
    for (const long of meant) {
      SETTING_KINDS[SETTINGS[long].kind].check(value, `The option ${name} of ${owner}`)
      if (long === name || given[long] === undefined) said[long] = capture(value)
    }
  }
  return said as Partial<Config>
}

function meanings(): Map<string, readonly Name[]> {
  const meant = new Map<string, Name[]>()
  for (const [long, { short = long }] of Object.entries(SETTINGS)) {
    for (const name of new Set([long, short])) meant.set(name, [...(meant.get(name) ?? []), long as Name])
  }
  return meant
}
