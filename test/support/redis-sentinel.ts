import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type PrivateServer, startSentinel, startServer } from './redis-server.ts'

/** A master, its replica, and three Sentinels who watch over them. */
export interface Watched {
  readonly name: string
  readonly sentinels: readonly { readonly host: string; readonly port: number }[]
  readonly master: PrivateServer
  readonly replica: PrivateServer
  stop(): Promise<void>
}

const NAME = 'mymaster'
const HOST = '127.0.0.1'

/** Starts them all on free ports; done when they know each other. A master that is away for so long is given up. */
export async function startWatched(awayMs: number, settings: readonly string[] = []): Promise<Watched> {
  const master = await startServer('--repl-diskless-sync-delay', '0', ...settings)
  const replica = await startServer(
    '--replicaof',
    `${HOST} ${master.port}`,
    '--repl-diskless-sync-delay',
    '0',
    ...settings,
  )
  const watch = () =>
    startSentinel(
      `sentinel monitor ${NAME} ${HOST} ${master.port} 2`,
      `sentinel down-after-milliseconds ${NAME} ${awayMs}`,
      `sentinel failover-timeout ${NAME} 2000`,
    )
  const watchers = await Promise.all([watch(), watch(), watch()])
  for (const { port } of watchers) await watching(port)
  return {
    name: NAME,
    sentinels: watchers.map(({ port }) => ({ host: HOST, port })),
    master,
    replica,
    async stop() {
      await Promise.all([...watchers, replica, master].map((server) => server.stop()))
    },
  }
}

/** Until a Sentinel knows the replica and both others. */
async function watching(port: number): Promise<void> {
  const sentinel = new Redis({ host: HOST, port, enableReadyCheck: false })
  try {
    for (;;) {
      const told = (await sentinel.call('SENTINEL', ['MASTER', NAME])) as string[]
      const about = (field: string): string | undefined => told[told.indexOf(field) + 1]
      if (about('num-slaves') === '1' && about('num-other-sentinels') === '2') return
      await sleep(50)
    }
  } finally {
    sentinel.disconnect()
  }
}
