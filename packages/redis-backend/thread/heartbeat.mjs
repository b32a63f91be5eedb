// The thread that holds the leases of its process. Plain JavaScript, because threads cannot be started from TypeScript.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Cluster, Redis } from 'ioredis'

const { where, prefixes, script, args, everyMs } = workerData

const options = {
  maxRetriesPerRequest: null,
  socketTimeout: Math.max(everyMs, 1_000),
  reconnectOnError: ({ message }) => message.startsWith('READONLY'),
}

function connect() {
  if (typeof where === 'string') return new Redis(where, options)
  if (!('cluster' in where)) return new Redis({ ...where, ...options })
  const { cluster, ...rest } = where
  return new Cluster(cluster, { ...rest, redisOptions: { ...rest.redisOptions, ...options } })
}

const client = connect()
client.on('error', () => {}) // it connects again by itself; what is wrong is told by the process

async function beat(prefix) {
  const all = [2, prefix, `${prefix}.`, ...args]
  try {
    await client.call('EVALSHA', [script.sha, ...all])
  } catch (error) {
    if (!error.message.startsWith('NOSCRIPT')) throw error
    await client.call('EVAL', [script.text, ...all])
  }
}

const MOST_FAILURES = 10
let failures = 0

for (;;) {
  const [failed] = (await Promise.allSettled(prefixes.map(beat))).filter(
    ({ status }) => status === 'rejected',
  )
  failures = failed ? failures + 1 : 0
  if (failures === MOST_FAILURES) parentPort.postMessage(failed.reason.message)
  await sleep(everyMs)
}
