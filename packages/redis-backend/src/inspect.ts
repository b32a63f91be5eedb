import { ArpeggioError } from '@arpeggio/core'

const OLDEST = 7

/** What a server says of itself. */
export interface Inspected {
  /** Which one it is, from its start to its end. */
  readonly server: string | undefined
  /** What time it is there; null if it does not say so. */
  readonly now: number | null
  /** What is wrong with it, but not so wrong that it cannot be used. */
  readonly problems: readonly string[]
}

/** Looks whether a server will do; if it will not, that is an error. `replicas`: how many it has to have. */
export function inspect(info: string, isCluster: boolean, replicas: number): Inspected {
  const told = new Map([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]))
  const version = told.get('redis_version')
  if (version === undefined) throw refused('What answers there is no Redis', 'Check host and port')
  if (Number.parseInt(version, 10) < OLDEST) {
    throw refused(`This server is Redis ${version}`, `Arpeggio needs Redis ${OLDEST}.0 or newer, or Valkey`)
  }
  if (told.get('redis_mode') === 'sentinel') {
    throw refused('This is a Sentinel', "Give { sentinels: [{ host, port }], name: 'mymaster' } instead")
  }
  if (told.get('cluster_enabled') === '1' && !isCluster) {
    throw refused('This server is part of a cluster', 'Give { cluster: [{ host, port }] } instead')
  }
  if (told.get('role') === 'slave' && !isCluster) {
    throw refused(
      'This server is a replica, which takes no work',
      'Give its master, or Sentinels that know it',
    )
  }
  const problems: string[] = []
  const policy = told.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction' && told.get('maxmemory') !== '0') {
    problems.push(
      `Redis may throw keys away (maxmemory-policy ${policy}): workflows would be lost in the middle. Set it to noeviction`,
    )
  }
  if (told.get('aof_enabled') === '0') {
    problems.push(
      'Redis keeps no append-only file (appendonly no): what it holds is lost when it is killed. Set appendonly yes where that matters',
    )
  }
  const present = Number(told.get('connected_slaves') ?? replicas)
  if (present < replicas && !isCluster) {
    problems.push(
      `Redis has ${present} replicas, and what is sent has to be on ${replicas} (the option replicas): sending ends with an error until they are there, though what was sent may run`,
    )
  }
  const microseconds = Number(told.get('server_time_usec') ?? Number.NaN)
  const now = Number.isFinite(microseconds) ? Math.floor(microseconds / 1_000) : null
  return { server: told.get('run_id'), now, problems }
}

function refused(what: string, next: string): ArpeggioError {
  return new ArpeggioError('backend-refused', `${what}. ${next}.`)
}
