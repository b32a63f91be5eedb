import { redisBackend } from '@arpeggio/redis-backend'
import { installedServer, startServer } from '../../test/support/redis-server.ts'

/** A backend on the server that was named, or on one of our own, which is gone afterwards. Without either the demo ends. */
export async function redisAt(named: string | undefined) {
  if (named === undefined && installedServer() === null) {
    console.error('No Redis is installed here: install redis-server, or say where one is: --redis <url>')
    process.exit(1)
  }
  const own = named === undefined ? await startServer('--appendonly', 'yes') : null
  const url = named ?? own?.url ?? ''
  return {
    url,
    backend: redisBackend(url, { prefix: `etl-${process.pid}`, resultTtl: '5m' }), // another demo may go on there
    [Symbol.asyncDispose]: async () => own?.stop(),
  }
}
