import { App, Signature } from '@arpeggio/canvas'
import type { AsyncResult, Json } from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import { bottomLine, type ErrorLike, plain } from '../test/support/brief.ts'
import { endOf } from '../test/support/outcome.ts'
import { answer } from '../test/support/process.ts'
import { insisting } from './insisting.ts'
import { append, type Deed, fileOf, type Heard, isOver, Ledger } from './ledger.ts'
import { ordersHere } from './orders.ts'
import { Plans } from './plans.ts'

/*
 * A process: sends every nth workflow, a few at a time, and waits for each. What its predecessor at this place had not
 * finished it sends again, under the same name.
 *
 *   start  begins
 */

/** Workflows under way at a time. */
const AT_A_TIME = 8
const AWAY = ['backend-refused', 'backend-unreachable']

const { where, partitions, replicas, leaseMs, folder, workflows, place, places } = ordersHere()
const plans = Plans.read(`${folder}/plans.json`)
const before = new Ledger<Deed>(folder, `producer-${place}-`).news()
const finished = new Set(before.filter(isOver).map(({ n }) => n))
const file = fileOf(folder, 'producer', place)
const mine = Array.from({ length: workflows }, (_, n) => n).filter((n) => n % places === place)
const left = mine.filter((n) => !finished.has(n)).values()

const app = new App({
  logLevel: 'silent',
  report: () => {},
  backend: redisBackend(where, { partitions, replicas, lease: leaseMs, warn: () => {} }),
})

answer({
  start() {
    for (let i = 0; i < AT_A_TIME; i++) void keepSending()
  },
})

async function keepSending(): Promise<void> {
  for (const n of left) await follow(n).catch((error) => write({ n, did: 'give up', why: String(error) }))
}

/** From the first try to send it to the last word on how it ended. */
async function follow(n: number): Promise<void> {
  write({ n, did: 'send' })
  const signature = new Signature(plans.canvas(n).node, app).set(plans.name(n))
  const result = await insisting(() => signature.delay(), [...AWAY, 'backend-full'])
  write({ n, did: 'sent' })
  const asking = <T>(ask: () => Promise<T>) =>
    insisting(ask, AWAY, (why) => write({ n, did: 'wait again', why }))
  const [heard] = await Promise.all([asking(() => hear(result)), asking(() => result.run.finished())])
  write({ n, did: 'return', heard, end: await asking(() => endOf(result)) })
}

/** What who waits for it is told. */
async function hear(result: AsyncResult<unknown>): Promise<Heard> {
  try {
    return { value: plain((await result.get()) as Json) }
  } catch (error) {
    if (AWAY.includes((error as ErrorLike).code ?? '')) throw error
    return { error: bottomLine(error as ErrorLike), ofGroup: 'results' in result }
  }
}

function write(deed: Deed): void {
  append(file, deed)
}
