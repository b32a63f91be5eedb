import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { installedServer, startServer } from '../../test/support/redis-server.ts'
import { Complaint, command } from '../command.ts'
import { produce } from './producer.ts'

/*
 * All of it on one machine: a Redis server, two worker processes, and a producer.
 *
 *   npm run play 12-redis-workers/main.ts
 *
 * Where a server runs already, `worker.ts` and `producer.ts` can be started by hand, each with its URL.
 */

await command('npm run play 12-redis-workers/main.ts', async () => {
  if (installedServer() === null) throw new Complaint(1, 'No Redis is installed here: install redis-server.')
  await using server = await startServer('--appendonly', 'yes')
  const workers = [start(server.url), start(server.url)]
  for (const worker of workers) await once(worker, 'message')
  await produce(server.url)
  await Promise.all(workers.map(stop))
})

function start(url: string): ChildProcess {
  return fork(join(import.meta.dirname, 'worker.ts'), [url])
}

async function stop(worker: ChildProcess): Promise<void> {
  if (!worker.kill('SIGTERM')) return // it was killed before
  await once(worker, 'exit')
}
