import { answer } from '../../test/support/process.ts'
import { SIDES, type SideName } from './sides.ts'

/*
 * A process: the one that works.
 *
 *   arguments      the side, the server's URL
 *   start-N, stop  a worker, N tasks at a time
 *   tally          how many no-ops have run since it was last started, and from when to when
 */

/** What is told of the no-ops of a worker. */
export interface Tally {
  readonly ran: number
  /** From the first one's start to the last one's start. */
  readonly ms: number
}

const [side, url = ''] = process.argv.slice(2)
let ran = 0
let firstAt = 0
let lastAt = 0
const crew = SIDES[side as SideName].work(url, () => {
  lastAt = performance.now()
  if (ran++ === 0) firstAt = lastAt
})

const start = (concurrency: number) => () => {
  ran = 0
  return crew.start(concurrency)
}

answer({
  'start-1': start(1),
  'start-10': start(10),
  'start-100': start(100),
  stop: () => crew.stop(),
  tally: (): Tally => ({ ran, ms: lastAt - firstAt }),
})
