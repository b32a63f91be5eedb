import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import { type Backend, type Clock, type Duration, milliseconds, runOf, systemClock } from '@arpeggio/core'
import { deadLettersOf } from './dead-letters.ts'
import { deliveriesOf } from './deliveries.ts'
import type { House } from './house.ts'
import { keysOf, partitionOf } from './keys.ts'
import { Link, type Where } from './link.ts'
import { News } from './news.ts'
import { Partition, type Receiver } from './partition.ts'
import { resultsOf } from './results.ts'
import { runsOf } from './runs.ts'

/** How a Redis backend is made. */
export interface RedisBackendOptions {
  /** What its keys begin with. Default: `arpeggio`. */
  readonly prefix?: string
  /** Over how many hash tags runs are spread; more than one is for clusters. The same for all who share it. Default: 1. */
  readonly partitions?: number
  /** How long a process may be silent before others run what it held. Default: 30 s. */
  readonly lease?: Duration
  /** How long a finished run is remembered. Default: a day. */
  readonly resultTtl?: Duration
  /** Hears what is wrong with the server, but not so wrong that it cannot be used. Default: the console. */
  readonly warn?: (problem: string) => void
}

/** Workflows on a Redis server or cluster. It connects when it is first needed. */
export function redisBackend(where: Where, options: RedisBackendOptions = {}): Backend {
  const prefix = options.prefix ?? 'arpeggio'
  const count = options.partitions ?? 1
  const leaseMs = milliseconds(options.lease ?? '30s', 'lease')
  const resultTtlMs = milliseconds(options.resultTtl ?? '1d', 'resultTtl')
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // everybody who waits listens to it
  const link = new Link(where, options.warn ?? ((problem) => console.warn(`arpeggio: ${problem}.`)))
  const worker = `${hostname()}:${process.pid}:${randomUUID()}`
  const clock = serverClock()
  const receivers = new Set<Receiver>()
  const partitions = Array.from({ length: count }, (_, index) => {
    const keys = keysOf(prefix, index)
    return new Partition(
      { redis: link.commands, keys, worker, leaseMs, resultTtlMs, closed: closing.signal, onTime: clock.set },
      receivers,
    )
  })
  const house: House = {
    link,
    news: new News(link),
    partitions,
    closed: closing.signal,
    of: (id) => partitions[partitionOf(runOf(id), count)] as Partition,
  }
  const deliveries = deliveriesOf(house, receivers, { worker, leaseMs, clock: clock.clock })
  return {
    clock: clock.clock,
    closed: closing.signal,
    deliveries: deliveries.port,
    runs: runsOf(house),
    results: resultsOf(house),
    deadLetters: deadLettersOf(house),
    async close() {
      if (closing.signal.aborted) return
      closing.abort()
      await deliveries.leave()
      link.close()
    },
  }
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
