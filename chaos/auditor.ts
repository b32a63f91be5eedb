import { setTimeout as sleep } from 'node:timers/promises'
import { App, type ArpeggioError } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import type { Redis } from 'ioredis'
import { isKeptForGood } from '../test/support/kept-for-good.ts'
import type { Entry } from '../test/support/ledger-tasks.ts'
import { repeated } from '../test/support/misdelivery.ts'
import { asTold, counted, distinct, endOf } from '../test/support/outcome.ts'
import { type End, interpret } from '../test/support/reference.ts'
import { type Deed, type Heard, isOver, Ledger } from './ledger.ts'
import type { Plans } from './plans.ts'
import type { Stage } from './stage.ts'
import { within } from './within.ts'

/** What must not happen. */
export const CHARGES = ['lost', 'twice', 'stuck', 'wrong', 'keysLeft'] as const

/** What has happened all the same, and to which workflow. */
export interface Finding {
  readonly charge: (typeof CHARGES)[number]
  readonly workflow: number | null
  readonly run: string | null
  readonly what: string
}

/** What came of the workflows. */
export interface Audit {
  readonly findings: readonly Finding[]
  readonly calls: number
  /** Attempts that were run more than once, by how often. */
  readonly redeliveries: number
  /** Workflows that were sent more than once. */
  readonly resent: number
}

const AT_A_TIME = 50
/** Of a run that is over everything is told at once. */
const LONGEST_LOOK_MS = 60_000
/** How long it may take until nothing is left of workers that were killed. */
const LONGEST_CLEANING_MS = 10_000

/** Compares what ran and what came of it with what was drawn. It knows the plans and the ledgers, and asks Redis as a user would. */
export async function audit(stage: Stage, plans: Plans, workflows: number, folder: string): Promise<Audit> {
  const entries = new Ledger<Entry>(folder, 'worker-').news()
  const deeds = new Ledger<Deed>(folder, 'producer-').news()
  const seen = byRun(entries)
  const told = new Map(deeds.filter(isOver).map((deed) => [deed.n, deed]))
  const backend = redisBackend(stage.plainly, { partitions: stage.partitions, warn: () => {} })
  await using app = new App({ logLevel: 'silent', backend })

  const queue = Array.from({ length: workflows }, (_, n) => n).values()
  const findings: Finding[] = []
  async function keepLooking(): Promise<void> {
    for (const n of queue) {
      const found = within(LONGEST_LOOK_MS, 'the answer', look(n)).catch((error) => [unanswered(n, error)])
      findings.push(...(await found))
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, keepLooking))
  for (const key of await keysLeft(stage.masters)) {
    findings.push({ charge: 'keysLeft', workflow: null, run: null, what: key })
  }
  for (const { id, reason } of await app.backend.deadLetters.list()) {
    findings.push({ charge: 'lost', workflow: null, run: id, what: `a dead letter: ${reason}` })
  }
  const attempts = Array.from(seen.values(), (entries) => distinct(entries).length)
  const sent = deeds.filter(({ did }) => did === 'send').length
  return {
    findings,
    calls: entries.length,
    redeliveries: entries.length - attempts.reduce((sum, count) => sum + count, 0),
    resent: sent - new Set(deeds.map(({ n }) => n)).size,
  }

  function unanswered(n: number, error: unknown): Finding {
    return { charge: 'stuck', workflow: n, run: plans.run(n), what: String(error) }
  }

  async function look(n: number): Promise<Finding[]> {
    const run = plans.run(n)
    const found: Finding[] = []
    const charge = (charge: Finding['charge'], what: string): void => {
      found.push({ charge, workflow: n, run, what })
    }
    const result = app.result(run)
    const progress = await result.run.progress().catch(({ code }: ArpeggioError) => code)
    if (typeof progress === 'string') charge('lost', `the run is not there: ${progress}`)
    else if (!progress.over) charge('lost', `the run is not over: ${progress.done} of ${progress.total}`)
    else if (!told.has(n)) charge('stuck', 'the run is over, and who waits for it has heard nothing')
    const last = told.get(n)
    if (last?.did === 'give up') charge('wrong', `who sent it was told: ${last.why}`)
    if (found.length > 0 || last?.did !== 'return') return found

    const drawn = interpret(plans.canvas(n).node, plans.canvas(n).table)
    const witnesses = seen.get(run) ?? []
    const certain = distinct(witnesses).filter(({ label }) => !drawn.cutOff.has(label))
    const [ran, meant] = [counted(certain), counted(drawn.attempts)]
    for (const attempt of without(meant, ran)) charge('lost', `it was not run: ${attempt}`)
    for (const attempt of without(ran, meant)) charge('wrong', `it was run: ${attempt}`)
    const deliveries = witnesses.map(({ id, deliveries, attempt: { label, retries } }) => {
      return `${id} ${label} attempt ${retries} delivery ${deliveries}`
    })
    for (const delivery of repeated(deliveries)) charge('twice', delivery)

    const { heard, end } = last
    const stored = await endOf(result)
    for (const known of [end, stored]) {
      if (line(known) !== line(drawn.end)) charge('wrong', `it is ${line(known)}, not ${line(drawn.end)}`)
    }
    if (!isTrue(heard, end))
      charge('wrong', `who waited heard ${JSON.stringify(heard)}, and it is ${line(end)}`)
    return found
  }
}

function byRun(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const runs = new Map<string, Entry[]>()
  for (const entry of entries) {
    const others = runs.get(entry.run)
    if (others === undefined) runs.set(entry.run, [entry])
    else others.push(entry)
  }
  return runs
}

function line(end: End): string {
  return JSON.stringify(asTold(end))
}

/** Whether an end is what who waited has heard. */
function isTrue(heard: Heard, end: End): boolean {
  if ('error' in end) return 'error' in heard && (heard.ofGroup || heard.error === end.error)
  const value = end.state === 'IGNORED' ? null : end.value
  return 'value' in heard && JSON.stringify(heard.value) === JSON.stringify(value)
}

/** What is in the first list more often than in the second. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other]
  return list.filter((text) => {
    const at = rest.indexOf(text)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/** Keys that nothing will ever take away, once everybody had time to. */
async function keysLeft(masters: Stage['masters']): Promise<string[]> {
  const until = performance.now() + LONGEST_CLEANING_MS
  for (;;) {
    const left = (await Promise.all((await masters()).map(keptForEver))).flat()
    if (left.length === 0 || performance.now() > until) return left
    await sleep(200)
  }
}

async function keptForEver(redis: Redis): Promise<string[]> {
  const kept: string[] = []
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1_000)
    const ttls = await Promise.all(keys.map((key) => redis.pttl(key)))
    kept.push(...keys.filter((key, i) => ttls[i] === -1 && !isKeptForGood(key)))
    cursor = next
  } while (cursor !== '0')
  return kept
}
