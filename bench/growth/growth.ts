import { join } from 'node:path'
import { startProcess } from '../../test/support/process.ts'
import { startServer } from '../../test/support/redis-server.ts'
import { median } from '../measure.ts'
import type { Scale } from '../peer/measures.ts'
import { within } from '../within.ts'
import type { Grown } from './producer.ts'

/*
 * What a thousand times as much costs a task: one group, from 1,000 members to 1,000,000. What is flat stays as it is from line
 * to line. Each size has processes and a server of its own.
 */

const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  full: [1_000, 10_000, 100_000, 1_000_000],
  short: [1_000, 10_000],
  tiny: [200, 400],
}

/** The longest that one size may take. */
const LONGEST_MS = 300_000

/** Measures one size after another, and tells of each: the medians of its rounds. */
export async function* grow(
  scale: Scale,
  rounds: number,
  nodeOptions = process.execArgv,
): AsyncGenerator<Grown> {
  for (const members of SIZES[scale]) {
    const taken: Grown[] = []
    for (let round = 0; round < rounds; round++) taken.push(await growTo(members, nodeOptions))
    const middle = (key: keyof Grown): number => median(taken.map((one) => one[key]))
    yield {
      members,
      launchMs: middle('launchMs'),
      producerMB: middle('producerMB'),
      queuedBytes: middle('queuedBytes'),
      tasksPerSecond: middle('tasksPerSecond'),
      doneBytes: middle('doneBytes'),
      launchingPingMs: middle('launchingPingMs'),
      runningPingMs: middle('runningPingMs'),
    }
  }
}

async function growTo(members: number, nodeOptions: readonly string[]): Promise<Grown> {
  await using server = await startServer()
  const file = join(import.meta.dirname, 'producer.ts')
  const producer = startProcess(file, [server.url, `${members}`], nodeOptions)
  try {
    return (await within(LONGEST_MS, producer.ask('grow'))) as Grown
  } finally {
    await producer.kill() // its own processes end with it
  }
}
