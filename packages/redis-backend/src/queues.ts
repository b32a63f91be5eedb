import type { QueueLength, Queues, Scheduled } from '@arpeggio/core'
import { withBody } from './bodies.ts'
import type { House } from './house.ts'
import { unpackMessage } from './message.ts'
import type { Partition } from './partition.ts'
import { runScript } from './scripts.ts'
import type { Seal } from './seal.ts'
import { isNoneOfOurs } from './untrusted.ts'

/** What waits, in all partitions together. */
export function queuesOf({ link, partitions, seal }: House): Queues {
  return {
    async list() {
      await link.ready()
      const queues = new Map<string, QueueLength>()
      for (const lengths of await Promise.all(partitions.map(lengthsIn))) {
        for (const { name, waiting, delayed } of lengths.values()) {
          const sum = queues.get(name) ?? { waiting: 0, delayed: 0 }
          queues.set(name, { name, waiting: sum.waiting + waiting, delayed: sum.delayed + delayed })
        }
      }
      return [...queues.values()]
    },
    async scheduled(most) {
      await link.ready()
      const found = await Promise.all(partitions.map((partition) => scheduledIn(partition, seal, most)))
      return found
        .flat()
        .sort((a, b) => a.due - b.due)
        .slice(0, most)
    },
  }
}

/** Read in portions, in which a name may come twice. */
async function lengthsIn({ redis, keys }: Partition): Promise<ReadonlyMap<string, QueueLength>> {
  const lengths = new Map<string, QueueLength>()
  let from = '0'
  do {
    const [next, ...told] = (await runScript(redis, 'queues', keys.prefix, [from])) as [string, ...Told[]]
    for (let at = 0; at < told.length; at += 3) {
      const [name, waiting, delayed] = told.slice(at, at + 3)
      lengths.set(String(name), { name: String(name), waiting: Number(waiting), delayed: Number(delayed) })
    }
    from = next
  } while (from !== '0')
  return lengths
}

type Told = string | number

/** What falls due while it is read is scheduled no more; what cannot be read is set aside when it is due. */
async function scheduledIn({ redis, keys }: Partition, seal: Seal, most: number): Promise<Scheduled[]> {
  const found = (await runScript(redis, 'scheduled', keys.prefix, [most])) as string[]
  const scheduled: Scheduled[] = []
  for (let at = 0; at < found.length; at += 2) {
    const [told, due] = found.slice(at, at + 2) as [string, string]
    try {
      const { message } = unpackMessage(await withBody(told, redis, keys), seal)
      if (message.kind === 'call') scheduled.push({ message, due: Number(due) })
    } catch (error) {
      if (!isNoneOfOurs(error)) throw error // the server was not reached
    }
  }
  return scheduled
}
