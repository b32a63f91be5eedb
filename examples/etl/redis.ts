import { redisBackend } from '@arpeggio/redis-backend'
import { installedServer, startServer } from '../../test/support/redis-server.ts'
import { Complaint } from '../command.ts'

/** A backend on the server that was named, or on one of our own, which is gone afterwards. */
export async function redisAt(named: string | undefined) {
  if (named !== undefined && !(/^(redis|valkey)s?:\/\//.test(named) && URL.canParse(named))) {
    throw new Complaint(
      2,
      'What stands behind --redis is no URL of a server: redis://127.0.0.1:6379 would be one.',
    )
  }
  if (named === undefined && installedServer() === null) {
    throw new Complaint(
      1,
      'No Redis is installed here: install redis-server, or say where one is: --redis <url>',
    )
  }
  const own = named === undefined ? await startServer('--appendonly', 'yes') : null
  const url = named ?? own?.url ?? ''
  return {
    /** Where it is; passwords are not for every terminal. */
    place: url.replace(/\/\/.*@/, '//'),
    backend: redisBackend(url, { prefix: `etl-${process.pid}`, resultTtl: '5m' }), // another demo may go on there
    [Symbol.asyncDispose]: async () => own?.stop(),
  }
}
