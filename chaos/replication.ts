import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { startServer } from '../test/support/redis-server.ts'
import { startProxy } from '../test/support/tcp-proxy.ts'

/** What became of runs that were sent to a master which then died, and whose replica was not there any more. */
export interface Replication {
  readonly how: string
  /** Runs of which who sent them was told that they are there. */
  readonly acknowledged: number
  /** Of which he was not told that. */
  readonly refused: number
  /** Of the acknowledged, how many the promoted replica does not know. */
  readonly lost: number
  /** Whether it is promised that none is. */
  readonly isSafe: boolean
}

interface Way {
  readonly how: string
  readonly settings: readonly string[]
  /** How many replicas somebody who sends waits for. */
  readonly replicas: number
}

const WAYS: readonly Way[] = [
  { how: 'asynchronous, as Redis does it', settings: [], replicas: 0 },
  {
    how: 'min-replicas-to-write 1',
    settings: ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'],
    replicas: 0,
  },
  { how: 'with the option replicas: 1', settings: [], replicas: 1 },
]

/** Sent while the replica hears its master. */
const RUNS_BEFORE = 50
/** How long runs are sent on when it does not. */
const DEAF_MS = 3_000
const PAUSE_MS = 20
const PATIENCE_MS = 200

/** What each way of sending loses by a failover that comes at the worst moment. */
export async function measureReplication(signal: AbortSignal): Promise<readonly Replication[]> {
  const measured: Replication[] = []
  for (const way of WAYS) measured.push(await measure(way, signal))
  return measured
}

/**
 * The wire to the replica falls silent, runs are sent on, the master dies, the replica is promoted. A replica that only
 * stood still would find in its socket what the master had sent it: less would be lost, but nobody could say how much.
 */
async function measure({ how, settings, replicas }: Way, signal: AbortSignal): Promise<Replication> {
  await using master = await startServer('--repl-diskless-sync-delay', '0', ...settings)
  const wire = await startProxy(master.port)
  await using replica = await startServer('--replicaof', `127.0.0.1 ${wire.port}`)
  const [sending, promoted] = [new Redis(master.url), new Redis(replica.url)]
  for (const client of [sending, promoted]) client.on('error', () => {}) // the master is killed
  try {
    while (!/master_link_status:up/.test(await promoted.info('replication'))) await pause(signal)
    while (!/^slave0:.*state=online/m.test(await sending.info('replication'))) await pause(signal)
    const acknowledged: string[] = []
    let refused = 0
    const backend = redisBackend(sending, { sendWithin: PATIENCE_MS, replicas, warn: () => {} })
    const app = new App({ logLevel: 'silent', report: () => {}, backend })
    const send = async (taskId: string): Promise<void> => {
      try {
        await app.signature('anything', { options: { taskId } }).delay()
        acknowledged.push(taskId)
      } catch {
        refused++
      }
    }
    for (let n = 0; n < RUNS_BEFORE; n++) await send(`before-${n}`)
    await sending.wait(1, 5_000)
    wire.silence()
    const until = performance.now() + DEAF_MS
    for (let n = 0; performance.now() < until; n++) {
      await send(`after-${n}`)
      await pause(signal)
    }
    await app.close()
    await master.kill()
    await promoted.replicaof('NO', 'ONE')
    await using later = new App({
      logLevel: 'silent',
      backend: redisBackend(replica.url, { warn: () => {} }),
    })
    const states = await Promise.all(acknowledged.map((id) => later.result(id).state()))
    const lost = states.filter((state) => state === 'UNKNOWN').length
    return { how, acknowledged: acknowledged.length, refused, lost, isSafe: replicas > 0 }
  } finally {
    sending.disconnect()
    promoted.disconnect()
    await wire.close()
  }
}

function pause(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
