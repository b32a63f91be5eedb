import { ArpeggioError } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { runScript } from './scripts.ts'

/** Refuses to spread runs over other partitions than everybody else here: nobody would find them. */
export async function checkPartitions(redis: Commands, partitions: readonly Keys[]): Promise<void> {
  const { prefix } = partitions[0] as Keys
  const agreed = Number(await runScript(redis, 'agree', prefix, [partitions.length]))
  if (agreed === partitions.length) return
  throw new ArpeggioError(
    'backend-refused',
    `Runs are spread over ${agreed} partitions here, not over ${partitions.length}: neither side would find those of the other. Give { partitions: ${agreed} }, another prefix, or, when nothing of it is left, delete the key ${prefix}partitions.`,
  )
}
