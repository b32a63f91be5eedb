import { Signature } from '@arpeggio/canvas'
import type { Invariant } from '@arpeggio/testing'
import { explore } from '../../packages/testing/src/simulate/explore.ts'
import type { Canvas } from './arbitrary-canvas.ts'
import { interpret } from './reference.ts'
import { appOf } from './stage.ts'

/** Where a chord may close early, it depends on who comes first which of its members are run. */
const WHOEVER_IS_FIRST: readonly Invariant[] = ['settle', 'once', 'order', 'purity']

/** Plays a canvas, in which there may be a task that nobody knows, in so many worlds: it comes to the end that is drawn. */
export async function survives({ node, table }: Canvas, seed: number, runs: number): Promise<void> {
  const { app } = appOf(table)
  const drawn = interpret(node, table)
  const { end } = await explore(app, new Signature(node, app), {
    ...{ seed, runs },
    ...(drawn.cutOff.size > 0 && { invariants: WHOEVER_IS_FIRST }),
  })
  if (end.state === drawn.end.state) return
  throw new Error(`It ends as ${JSON.stringify(end)}, and is drawn to end as ${JSON.stringify(drawn.end)}`)
}
