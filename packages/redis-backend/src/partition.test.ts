import { expect, it } from 'vitest'
import type { Commands } from './commands.ts'
import { keysOf } from './keys.ts'
import { Partition, type Receiver } from './partition.ts'

const NOW = 1_000_000

/** A partition whose server has nothing to hand out, and says when the next message is due and the next lease ends. */
async function told(due: number | null, lost: number | null): Promise<Partition> {
  const answer = [`${NOW}`, due === null ? '' : `${due}`, [], [[]], '', '']
  const redis = {
    patient: { run: async () => answer },
    lowest: async () => lost,
  } as unknown as Commands
  const clock = { now: () => NOW, at: () => () => {} }
  const receiver: Receiver = { queues: ['default'], want: 1, asked: null, take() {} }
  const partition = new Partition(
    {
      ...{ redis, clock, keys: keysOf('app', 0), worker: 'me', leaseMs: 30_000, resultTtlMs: 1 },
      ...{ deadlines: { expect() {} }, onTime() {}, warn() {} },
    } as unknown as ConstructorParameters<typeof Partition>[0],
    new Set([receiver]),
  )
  await partition.ask(receiver)
  return partition
}

it.each([
  [null, null, null],
  [NOW + 5, null, NOW + 5],
  [NOW + 5, NOW + 3, NOW + 3],
  [NOW + 5, NOW + 9, NOW + 5],
])(
  'where a message is due at %s and a lease ends at %s, who waits looks again at %s',
  async (due, lost, looks) => {
    expect((await told(due, lost)).nextChance).toBe(looks)
  },
)
