import { ArpeggioError, isPlainObject, show, unknownOption } from '@arpeggio/core'
import { capture } from '../node/capture.ts'
import { SETTING_KINDS, type SettingValues } from './setting-kinds.ts'

/*
 * Every setting of an app: what it says, of which kind it is, and what it is when nothing is said. Types, checks, defaults,
 * what editors show and the listing in the docs come from here.
 */
const table = {
  /** Where calls go that nothing else leads anywhere. */
  taskDefaultQueue: { kind: 'queue', default: 'default' },
  /**
   * The queues there are. A worker that names none serves these, and the default queue; if nothing is said, that
   * alone.
   */
  taskQueues: { kind: 'queues', default: null },
  /** Whether calls and workers may name queues that are not among `taskQueues`. */
  taskCreateMissingQueues: { kind: 'flag', default: true },
  /** Where calls go by the names of their tasks. */
  taskRoutes: { kind: 'routes', default: null },
  /** Options of tasks by their names, which win over their own. */
  taskAnnotations: { kind: 'annotations', default: null },
  /** The priority of calls; 0 goes first, 9 last. */
  taskDefaultPriority: { kind: 'priority', default: 5 },
  /** How often a task may start. */
  taskDefaultRateLimit: { kind: 'rate', default: null },
  /** After how long a call fails. */
  taskTimeLimit: { kind: 'duration', default: null },
  /** After how long a task is asked to stop. */
  taskSoftTimeLimit: { kind: 'duration', default: null },
  /** Whether values are not kept. */
  taskIgnoreResult: { kind: 'flag', default: false },
  /** What arguments are packed by. */
  taskSerializer: { kind: 'name', default: 'json' },
  /** Whether long arguments are made shorter, and how. */
  taskCompression: { kind: 'compression', default: 'none' },
  /** What results are packed by. */
  resultSerializer: { kind: 'name', default: 'json' },
  /** Whether long results are made shorter, and how. */
  resultCompression: { kind: 'compression', default: 'none' },
  /** Whether tasks tell the state STARTED. */
  taskTrackStarted: { kind: 'flag', default: false },
  /** `false`: tasks are run at most once. */
  taskAcksLate: { kind: 'flag', default: true },
  /** `false`: tasks fail when their worker dies, instead of running again. */
  taskRejectOnWorkerLost: { kind: 'flag', default: true },
  /** Everything runs here and now, in virtual time: for tests. */
  taskAlwaysEager: { kind: 'flag', default: false },
  /** What fails eagerly is thrown by the call that runs it. */
  taskEagerPropagates: { kind: 'flag', default: false },
  /** Who sends tells its events always, not only while somebody is known to read. */
  taskSendSentEvent: { kind: 'flag', default: false },
  /** Names tasks that give no name, from the function's name and the app's. */
  taskNaming: { kind: 'naming', default: null },
  /**
   * How many tasks a worker may run at once. If nothing is said, 10, or with threads as many as there are
   * processors.
   */
  workerConcurrency: { kind: 'count', default: null },
  /** How many a worker may hold that wait for their turn, for each that may run at once. */
  workerPrefetchMultiplier: { kind: 'factor', default: 1 },
  /** Tasks start as soon as they can, whatever their rate limits. */
  workerDisableRateLimits: { kind: 'flag', default: false },
  /** Workers tell their events always, not only while somebody is known to read. */
  workerSendTaskEvents: { kind: 'flag', default: false },
  /** How long results are kept. Of the app's own memory: a backend that it is given has its own rule. */
  resultExpires: { kind: 'duration', default: '1d' },
  /** From which level on is written. If nothing is said, it depends on where the app lives. */
  logLevel: { kind: 'level', default: null },
} as const

/** Names of old: what is said by one is said of all that it is short for. */
const shorts = {
  /** Everything runs here and now, in virtual time: for tests. Short for `taskAlwaysEager`. */
  alwaysEager: ['taskAlwaysEager'],
  /** Who sends and who works tell their events always. Short for `taskSendSentEvent` and `workerSendTaskEvents`. */
  events: ['taskSendSentEvent', 'workerSendTaskEvents'],
} as const

type Table = typeof table
type Shorts = typeof shorts
type Name = keyof Table
type ValueOf<N extends Name> = SettingValues[Table[N]['kind']]

/** What can be said to an app. Keys are those of the table itself, not of a list of names: so its comments come along. */
export type Settings = { readonly [N in keyof Table]?: ValueOf<N> } & {
  readonly [S in keyof Shorts]?: ValueOf<Shorts[S][number]>
}

/** What an app goes by: every setting, as it was said, or else its default. */
export type Config = {
  readonly [N in keyof Table]: null extends Table[N]['default'] ? ValueOf<N> | null : ValueOf<N>
}

/** A setting, whichever it is. */
interface Entry {
  readonly kind: keyof SettingValues
  readonly default: unknown
}

/** All settings, by name. */
export const SETTINGS: Readonly<Record<Name, Entry>> = table

/** All names of old, and what each is short for. */
export const SHORT: Readonly<Record<string, readonly Name[]>> = shorts

/** What an app goes by that is told nothing. */
export const DEFAULTS: Config = Object.freeze(
  Object.fromEntries(Object.entries(SETTINGS).map(([name, entry]) => [name, entry.default])),
) as Config

/** What each name says: a long one itself, a short one all that it is short for. */
const MEANT: ReadonlyMap<string, readonly Name[]> = new Map<string, readonly Name[]>([
  ...(Object.keys(SETTINGS) as Name[]).map((name) => [name, [name]] as const),
  ...Object.entries(SHORT),
])

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
    if (meant === undefined) throw unknownOption(name, [...MEANT.keys(), ...others], owner, 'app')
    if (value === undefined) continue
    for (const long of meant) {
      SETTING_KINDS[SETTINGS[long].kind].check(value, `The option ${name} of ${owner}`)
      if (long === name || given[long] === undefined) said[long] = capture(value)
    }
  }
  return said as Partial<Config>
}
