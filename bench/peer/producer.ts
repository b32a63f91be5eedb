import { answer } from '../../test/support/process.ts'
import { MEASURES, type Scale } from './measures.ts'
import type { SideName } from './sides.ts'
import { Stage } from './stage.ts'

/*
 * A process: the one that sends, and measures. It starts a worker of its own side when it needs one.
 *
 *   arguments     the side, the server's URL, the scale
 *   <a measure>   its figures
 */

const [side, url = '', scale] = process.argv.slice(2)
const stage = new Stage(side as SideName, url)
const sizeAt = scale as Scale
/** How often it is done before it counts: processes that work live long. */
const WARM_UPS: Readonly<Record<Scale, number>> = { full: 3, short: 1, tiny: 1 }

answer(
  Object.fromEntries(
    MEASURES.map(({ name, sizes, warmUp, run }) => [
      name,
      async (): Promise<readonly number[]> => {
        for (let n = 0; n < WARM_UPS[sizeAt]; n++)
          await run(stage, sizes[sizeAt === 'full' ? warmUp : 'tiny'])
        return run(stage, sizes[sizeAt])
      },
    ]),
  ),
)
