import { ArpeggioError, show } from '@arpeggio/core'
import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'

/** Where Redis is: a URL, options of ioredis (also for Sentinel), nodes of a cluster, or a client that is there already. */
export type Where = string | RedisOptions | ClusterWhere | Redis | Cluster

/** Some nodes of a cluster, and options of ioredis for it; what all nodes share, such as a password, is in `redisOptions`. */
export interface ClusterWhere extends ClusterOptions {
  readonly cluster: readonly ClusterNode[]
}

/** A client for one server, or for a cluster. */
export type Client = Redis | Cluster

/** How clients of our own behave. */
export interface Manners {
  /** A server that says nothing for so long, though it was asked, is given up: the connection is made anew. */
  readonly silenceMs: number
  /** When to connect again, by how often that was tried; null: not at all. */
  readonly again: (times: number) => number | null
}

/** Whether it is a client already; it may come from another copy of ioredis. */
export function isClient(where: Where): where is Client {
  return typeof where === 'object' && 'sendCommand' in where
}

/** Whether a client is for a cluster. */
export function isClusterClient(client: Client): client is Cluster {
  return client.isCluster
}

/**
 * A client of our own. It does not connect before it is asked to, and sends nothing twice: who asks again knows until when.
 */
export function clientFor(where: Exclude<Where, Client>, { silenceMs, again }: Manners): Client {
  const usual = { socketTimeout: silenceMs, keepAlive: 10_000 }
  const ours = {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: again,
    sentinelRetryStrategy: again,
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
  }
  if (typeof where === 'string') return new Redis(checkUrl(where), { ...usual, ...ours })
  if (!isCluster(where)) return new Redis({ ...usual, ...where, ...ours, replyMapping: 'legacy' })
  const { cluster, ...options } = where
  return new Cluster([...cluster], {
    ...options,
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: again,
    redisOptions: { ...usual, ...options.redisOptions, replyMapping: 'legacy' },
  })
}

/** Refuses what cannot say where Redis is. */
export function checkWhere(where: Where): void {
  if (typeof where === 'string') checkUrl(where)
  else if (typeof where !== 'object' || where === null || Array.isArray(where)) throw nowhere(show(where))
  else if (
    !isClient(where) &&
    isCluster(where) &&
    !(Array.isArray(where.cluster) && where.cluster.length > 0)
  )
    throw nowhere('a cluster without nodes')
  else if (prefixOf(where)) {
    throw new ArpeggioError(
      'option-invalid',
      'The option keyPrefix of ioredis moves keys without the scripts knowing. Leave it out, and give redisBackend the option prefix.',
    )
  }
}

function isCluster(where: RedisOptions | ClusterWhere): where is ClusterWhere {
  return 'cluster' in where
}

function prefixOf(where: Exclude<Where, string>): string | undefined {
  const options = isClient(where) ? where.options : where
  return options.keyPrefix ?? ('redisOptions' in options ? options.redisOptions?.keyPrefix : undefined)
}

/** It may hold a password, so it is not shown. */
function checkUrl(url: string): string {
  if (/^(rediss?|valkeys?):\/\//.test(url) && URL.canParse(url)) return url.replace(/^valkey/, 'redis')
  throw nowhere(url === '' ? 'an empty text' : 'no URL of a Redis')
}

function nowhere(what: string): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `What redisBackend was given is ${what}. Give a URL such as 'redis://127.0.0.1:6379/0' ('rediss://' for TLS), options or a client of ioredis, or { cluster: [...nodes] }.`,
  )
}
