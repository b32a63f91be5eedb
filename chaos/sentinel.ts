import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startWatched } from '../test/support/redis-sentinel.ts'
import { DURABLE, type Stage, scriptsFlushed } from './stage.ts'

const PAUSE_MS = 50

/** Longer than a machine with too much to do makes a master stand still; who is given up then takes commits with it. */
const AWAY_MS = 3_000

/**
 * A master and its replica, watched by three Sentinels. Replication is asynchronous, so a master that dies may take with
 * it what it has acknowledged; here it dies when its replica has everything. What is lost otherwise is measured apart.
 */
export async function startSentinel(): Promise<Stage> {
  const { sentinels, name, master, replica, stop } = await startWatched(AWAY_MS, DURABLE)
  const servers = [master, replica]
  const clients = servers.map(({ url }) => new Redis(url))
  for (const client of clients) client.on('error', () => {}) // its server is killed now and then
  const watchers = sentinels.map(({ port }) => new Redis({ port, enableReadyCheck: false }))

  const listener = new Redis({ port: sentinels[0]?.port as number, enableReadyCheck: false })
  await listener.subscribe('+switch-master')
  let failovers = 0
  let meant = 0
  listener.on('message', () => failovers++)

  /** Which of both is the master, as all Sentinels say; -1 as long as they do not agree. */
  async function reigning(): Promise<number> {
    const told = await Promise.all(
      watchers.map((watcher) => watcher.call('SENTINEL', ['GET-MASTER-ADDR-BY-NAME', name])),
    )
    const ports = new Set(told.map((address) => Number((address as string[])[1])))
    return ports.size === 1 ? servers.findIndex(({ port }) => ports.has(port)) : -1
  }

  async function until(holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    while (!(await holds().catch(() => false))) await sleep(PAUSE_MS, undefined, { signal })
  }

  /** The replica follows its master, and every Sentinel knows that it could take its place. */
  async function isSafe(): Promise<boolean> {
    const replication = await (clients[await reigning()] as Redis).info('replication')
    const told = await Promise.all(watchers.map((watcher) => watcher.call('SENTINEL', ['REPLICAS', name])))
    const flags = (told as string[][][]).map(([fields = []]) => [
      fields[fields.indexOf('flags') + 1],
      fields[fields.indexOf('master-link-status') + 1],
    ])
    return (
      /^slave0:.*state=online/m.test(replication) &&
      flags.every(([flag, link]) => flag === 'slave' && link === 'ok')
    )
  }

  async function masters(): Promise<readonly Redis[]> {
    const client = clients[await reigning()]
    return client === undefined ? [] : [client]
  }

  return {
    partitions: 1,
    replicas: 1,
    mishaps: () =>
      failovers === meant
        ? []
        : [`${failovers} failovers, of which ${meant} were meant: what was lost may be lost by replication`],
    plainly: { sentinels: [...sentinels], name },
    masters,
    where: async () => ({ sentinels: [...sentinels], name }),
    faults: {
      'master killed, replica promoted': {
        track: 'servers',
        column: 'failovers',
        async strike(_choice, signal) {
          await until(isSafe, signal)
          meant++
          const at = await reigning()
          const [old, heir] = [servers[at] as typeof master, servers[1 - at] as typeof master]
          const client = clients[at] as Redis
          await client.call('CLIENT', ['PAUSE', '10000', 'WRITE'])
          if ((await client.wait(1, 5_000)) !== 1) throw new Error('the replica does not keep up')
          await old.kill()
          await until(async () => (await reigning()) === 1 - at, signal)
          await old.restart()
          await client.replicaof('127.0.0.1', heir.port)
        },
      },
      'scripts flushed': scriptsFlushed(masters),
    },
    async stop() {
      for (const client of [...clients, ...watchers, listener]) client.disconnect()
      await stop()
    },
  }
}
