import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { answer } from './process.ts'

/*
 * A process: somebody else who uses the same server, and only wants it to answer.
 *
 *   arguments  the server's URL
 *   worst      the longest it has waited for a PING since it was last asked, in milliseconds
 */

const redis = new Redis(process.argv[2] as string)
let worst = 0

answer({
  worst() {
    const told = worst
    worst = 0
    return told
  },
})

for (;;) {
  const asked = performance.now()
  await redis.ping()
  worst = Math.max(worst, performance.now() - asked)
  await sleep(1)
}
