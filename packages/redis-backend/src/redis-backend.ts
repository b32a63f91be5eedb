import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import {
  ArpeggioError,
  type Backend,
  type Clock,
  checkOptions,
  type Duration,
  isWhole,
  KINDS,
  milliseconds,
  type OptionKind,
  runOf,
  show,
  systemClock,
} from '@arpeggio/core'
import { busOf } from './bus.ts'
import { deadLettersOf } from './dead-letters.ts'
import { Deadlines } from './deadlines.ts'
import { deliveriesOf } from './deliveries.ts'
import { eventsOf } from './events.ts'
import { Heartbeat } from './heartbeat.ts'
import type { House } from './house.ts'
import { inTime } from './insist.ts'
import { keysOf, partitionOf } from './keys.ts'
import { Link } from './link.ts'
import { Lists } from './lists.ts'
import { News } from './news.ts'
import { Partition, type Receiver } from './partition.ts'
import { presenceOf } from './presence.ts'
import { queuesOf } from './queues.ts'
import { ratesOf } from './rates.ts'
import { resultsOf } from './results.ts'
import { runsOf } from './runs.ts'
import { type SigningKey, sealOf } from './seal.ts'
import { type Warn, Warnings } from './warnings.ts'
import { checkWhere, type Where } from './where.ts'

/** How a Redis backend is made. */
export interface RedisBackendOptions {
  /** What its keys begin with. Default: `arpeggio`. */
  readonly prefix?: string
  /** Over how many hash tags runs are spread; more than one is for clusters. The same for all who share it. Default: 1. */
  readonly partitions?: number
  /** How long a process may be silent before others run what it held. Default: 30 s. */
  readonly lease?: Duration
  /**
   * Who holds the leases of a process: a thread of its own, also while a task keeps the event loop busy (the default), or the
   * workers themselves, in the loop.
   */
  readonly heartbeat?: 'thread' | 'loop'
  /** How long a finished run is remembered. Default: a day. */
  readonly resultTtl?: Duration
  /**
   * How long whoever sends or asks waits for a server that is away, before that is an error (`backend-unreachable`).
   * Workers wait longer: what has finished is told when the server is back. Default: 30 s.
   */
  readonly unreachableAfter?: Duration
  /** The same for whoever sends, who may rather hear of it sooner. Default: as `unreachableAfter`. */
  readonly sendWithin?: Duration
  /**
   * How many replicas must have what is sent before it counts as sent: no failover to one of them loses it, so give as many as
   * may become the master. Sending waits for them, and is an error after `sendWithin` if they do not have it. Default: 0.
   */
  readonly replicas?: number
  /**
   * Keys of at least 32 bytes by which messages are signed: the first signs, all are good to verify with. What is not signed
   * by one of them is not run, but set aside. The same for all who share the prefix. Default: nothing is signed.
   */
  readonly signWith?: readonly SigningKey[]
  /**
   * Hears what is wrong with the server, but not so wrong that it cannot be used, and of messages that were set aside.
   * Default: the logger of the app, or its `report`, or else the console.
   */
  readonly warn?: Warn
}

/** Each has connections of its own on a cluster. */
const MOST_PARTITIONS = 1_024

const OPTIONS: Record<keyof RedisBackendOptions, OptionKind> = {
  prefix: {
    is: (value) => typeof value === 'string' && /^[^{}\s]+$/.test(value),
    hint: 'Give a text without braces and spaces.',
  },
  partitions: {
    is: (value) => isWhole(value, 1) && (value as number) <= MOST_PARTITIONS,
    hint: `Give a whole number from 1 to ${MOST_PARTITIONS}.`,
  },
  lease: KINDS.anything,
  heartbeat: { is: (value) => value === 'thread' || value === 'loop', hint: "Give 'thread' or 'loop'." },
  resultTtl: KINDS.anything,
  unreachableAfter: KINDS.anything,
  sendWithin: KINDS.anything,
  replicas: { is: (value) => isWhole(value, 0), hint: 'Give a whole number.' },
  signWith: KINDS.anything, // a message must not show it
  warn: KINDS.deed,
}

/** A connection whose server is silent for a third of a lease is made anew, so that the lease can still be held. */
const SILENCES_PER_LEASE = 3
const SHORTEST_SILENCE_MS = 1_000
const LONGEST_SILENCE_MS = 20_000
/** How long a server that is away is waited for when this process takes its leave. */
const FAREWELL_MS = 1_000

/** Workflows on a Redis server or cluster. It connects when it is first needed. */
export function redisBackend(where: Where, options: RedisBackendOptions = {}): Backend {
  checkOptions(options, OPTIONS, 'redisBackend', 'redisBackend')
  checkWhere(where)
  const { prefix = 'arpeggio', partitions: count = 1, replicas = 0 } = options
  const leaseMs = leaseOf(options.lease ?? '30s')
  const resultTtlMs = positive(options.resultTtl ?? '1d', 'resultTtl')
  const limitMs = positive(options.unreachableAfter ?? '30s', 'unreachableAfter')
  const sendMs = options.sendWithin === undefined ? limitMs : positive(options.sendWithin, 'sendWithin')
  const seal = sealOf(prefix, options.signWith)
  const warnings = new Warnings(options.warn)
  const warn = warnings.tell
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // everybody who waits listens to it
  const closed = closing.signal
  const keys = Array.from({ length: count }, (_, index) => keysOf(prefix, index))
  const silenceMs = Math.min(Math.max(leaseMs / SILENCES_PER_LEASE, SHORTEST_SILENCE_MS), LONGEST_SILENCE_MS)
  const worker = `${hostname()}:${process.pid}:${randomUUID()}`
  const clock = serverClock()
  const patience = { silenceMs, limitMs, sendMs, closed }
  const link = new Link(where, { ...patience, partitions: keys, replicas, warnings, onTime: clock.set })
  const receivers = new Set<Receiver>()
  const lists = new Lists(seal)
  const partitions = keys.map((keys) => {
    const redis = link.commands
    const deadlines = new Deadlines({ redis, keys, clock: clock.clock, closed })
    return new Partition(
      {
        ...{ redis, keys, worker, leaseMs, resultTtlMs, lists, seal, warn, deadlines },
        clock: clock.clock,
        onTime: clock.set,
      },
      receivers,
    )
  })
  const house: House = {
    link,
    replicas,
    news: new News(link),
    lists,
    seal,
    partitions,
    first: partitions[0] as Partition,
    closed,
    of: (id) => partitions[partitionOf(runOf(id), count)] as Partition,
  }
  const heartbeat =
    options.heartbeat === 'loop' ? null : new Heartbeat(where, { partitions: keys, worker, leaseMs, warn })
  const deliveries = deliveriesOf(house, receivers, { worker, leaseMs, clock: clock.clock, heartbeat, seal })
  return {
    clock: clock.clock,
    closed,
    deliveries: deliveries.port,
    runs: runsOf(house),
    results: resultsOf(house),
    queues: queuesOf(house),
    deadLetters: deadLettersOf(house),
    bus: busOf(house),
    events: eventsOf(house),
    presence: presenceOf(house),
    rates: ratesOf(house),
    onWarning: (listener) => warnings.listen(listener),
    ready: () => (link.isReady ? undefined : link.ready()),
    async close() {
      if (closed.aborted) return
      closing.abort()
      await heartbeat?.stop()
      await inTime(deliveries.leave(), FAREWELL_MS).catch(() => {}) // its lease will run out
      link.close()
    },
  }
}

/** What is less cannot be held, nor is it meant: whoever writes 30 thinks of seconds. */
const SHORTEST_LEASE_MS = 100

function leaseOf(lease: Duration): number {
  const ms = positive(lease, 'lease')
  if (ms >= SHORTEST_LEASE_MS) return ms
  throw new ArpeggioError(
    'option-invalid',
    `The option lease of redisBackend is ${show(lease)}, which is ${ms} ms: no process can hold what it has for so short a time. Give at least ${SHORTEST_LEASE_MS} ms, such as '30s'.`,
  )
}

const LONGEST_MS = 100 * 365 * 86_400_000

function positive(duration: Duration, name: string): number {
  const ms = Math.ceil(milliseconds(duration, `${name} of redisBackend`))
  if (ms > 0 && ms <= LONGEST_MS) return ms
  throw new ArpeggioError(
    'option-invalid',
    `The option ${name} of redisBackend cannot be ${show(duration)}. Give a time that is longer than nothing, and shorter than a century.`,
  )
}

/** The server's time, as far as it was heard: who runs tasks may have a clock that is wrong. */
function serverClock(): { readonly clock: Clock; set(now: number): void } {
  let ahead = 0
  return {
    clock: {
      now: () => systemClock.now() + ahead,
      at: (moment, callback) => systemClock.at(moment - ahead, callback),
    },
    set(now) {
      ahead = now - systemClock.now()
    },
  }
}
