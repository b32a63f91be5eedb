import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startCluster } from '../test/support/redis-cluster.ts'
import type { PrivateServer } from '../test/support/redis-server.ts'
import { between, pick } from './fault.ts'
import { DURABLE, type Stage, scriptsFlushed } from './stage.ts'

const PARTITIONS = 4
const PAUSE_MS = 50

/** Three nodes that share all slots; each has an append-only file, and no replica. */
export async function startThree(): Promise<Stage> {
  const cluster = await startCluster(3, DURABLE)
  const clients = cluster.servers.map(({ url }) => new Redis(url))
  for (const client of clients) client.on('error', () => {}) // its server is killed now and then
  const masters = async () => clients

  return {
    partitions: PARTITIONS,
    replicas: 0,
    mishaps: () => [],
    plainly: { cluster: cluster.nodes },
    masters,
    where: async () => ({ cluster: cluster.nodes }),
    faults: {
      'slot of a partition moved': {
        track: 'servers',
        column: 'others',
        strike: (choice) =>
          cluster.move(`{arpeggio:${choice % PARTITIONS}}:`, () => sleep(between(0, 500, choice))),
      },
      'node killed': {
        track: 'servers',
        column: 'serverKills',
        async strike(choice, signal) {
          const node: PrivateServer = pick(cluster.servers, choice)
          await node.kill()
          await sleep(between(0, 500, choice))
          await node.restart()
          while (!(await cluster.isWhole())) await sleep(PAUSE_MS, undefined, { signal })
        },
      },
      'scripts flushed': scriptsFlushed(masters),
    },
    async stop() {
      for (const client of clients) client.disconnect()
      await cluster.stop()
    },
  }
}
