import { Cluster, Redis } from 'ioredis'
import { freePort, type PrivateServer, startServer } from './redis-server.ts'

/** Three masters of our own that share all slots. */
export interface PrivateCluster {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** The nodes as servers, in the same order. */
  readonly servers: readonly PrivateServer[]
  /** Who may do everything. */
  readonly admin: Cluster
  /** Gives the slot of a key to another node, with all that is in it; `midway` happens when some of it has gone. */
  move(key: string, midway: () => unknown): Promise<void>
  /** Whether all slots are served, as all nodes say. */
  isWhole(): Promise<boolean>
  /** How many requests were put off because of a slot that moves. */
  refused(): Promise<number>
  stop(): Promise<void>
}

const SLOTS = 16_384

/** Starts a cluster on free ports. `settings` are those of each node, such as `['--appendonly', 'yes']`. */
export async function startCluster(size = 3, settings: readonly string[] = []): Promise<PrivateCluster> {
  const servers = await Promise.all(Array.from({ length: size }, () => startNode(settings)))
  const clients = servers.map(({ url }) => new Redis(url))
  const [first] = servers as [Node]
  for (const [i, client] of clients.entries()) {
    const [from, to] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / size)) as [number, number]
    await client.call('CLUSTER', ['SET-CONFIG-EPOCH', i + 1])
    await client.call('CLUSTER', ['ADDSLOTSRANGE', from, to - 1])
    if (i > 0) await client.call('CLUSTER', ['MEET', '127.0.0.1', first.port, first.busPort])
  }
  for (const client of clients) {
    while (!isWhole((await client.call('CLUSTER', ['INFO'])) as string, size)) await turn()
  }
  const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }))
  const admin = new Cluster(nodes)
  for (const client of [admin, ...clients]) client.on('error', () => {}) // nodes may be killed
  return {
    nodes,
    servers,
    admin,
    async move(key, midway) {
      const slot = (await admin.cluster('KEYSLOT', key)) as number
      const ids = (await Promise.all(clients.map((client) => client.call('CLUSTER', ['MYID'])))) as string[]
      const here = await indexOf(clients, key)
      const there = (here + 1) % size
      const [source, target] = [clients[here], clients[there]] as [Redis, Redis]
      await target.call('CLUSTER', ['SETSLOT', slot, 'IMPORTING', ids[here] as string])
      await source.call('CLUSTER', ['SETSLOT', slot, 'MIGRATING', ids[there] as string])
      const port = (servers[there] as Node).port
      let isMidway = false
      for (;;) {
        const keys = (await source.call('CLUSTER', ['GETKEYSINSLOT', slot, 3])) as string[]
        if (keys.length > 0) await source.migrate('127.0.0.1', port, '', 0, 1_000, 'KEYS', ...keys)
        if (!isMidway) await midway()
        isMidway = true
        if (keys.length === 0) break
      }
      for (const client of [target, source, ...clients]) {
        await client.call('CLUSTER', ['SETSLOT', slot, 'NODE', ids[there] as string])
      }
    },
    async isWhole() {
      const asked = clients.map((client) => client.cluster('INFO').catch(() => 'gone'))
      const infos = asked.map((info) => Promise.race([info, later('late')]))
      return (await Promise.all(infos)).every((info) => isWhole(String(info), size))
    },
    async refused() {
      const stats = await Promise.all(clients.map((client) => client.info('errorstats')))
      return stats.reduce((sum, text) => sum + Number(/TRYAGAIN:count=(\d+)/.exec(text)?.[1] ?? 0), 0)
    },
    async stop() {
      admin.disconnect()
      for (const client of clients) client.disconnect()
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

interface Node extends PrivateServer {
  readonly busPort: number
}

async function startNode(more: readonly string[]): Promise<Node> {
  const busPort = await freePort()
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...more]
  return { ...(await startServer(...settings, '--cluster-port', String(busPort))), busPort }
}

/** Who holds a key. */
async function indexOf(clients: readonly Redis[], key: string): Promise<number> {
  for (const [i, client] of clients.entries()) {
    if (
      await client.exists(key).then(
        () => true,
        () => false,
      )
    )
      return i
  }
  throw new Error(`nobody holds ${key}`)
}

function isWhole(info: string, size: number): boolean {
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)
}

/** From a node that is gone. */
function later<T>(answer: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(answer), 500))
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
