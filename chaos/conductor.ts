import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Audit, audit } from './auditor.ts'
import { startThree } from './cluster.ts'
import { drawPlans } from './drawing.ts'
import type { Fault, Faults } from './fault.ts'
import { type Deed, isOver, Ledger } from './ledger.ts'
import { type Orders, written } from './orders.ts'
import { Place } from './place.ts'
import { processFaults } from './process-faults.ts'
import { scheduleOf } from './schedule.ts'
import { startSentinel } from './sentinel.ts'
import { startSingle } from './single.ts'
import type { Size } from './size.ts'
import type { Stage, StageName } from './stage.ts'
import { within } from './within.ts'

const LEASE_MS = 1_500
const WORKERS = 3
const PRODUCERS = 2
/** By how much the clocks of the first place, the second, … are off. */
const CLOCKS_OFF_MS = { worker: [0, 180_000, -180_000], producer: [180_000, -180_000] } as const
const TICK_MS = 50
/** A failover, with all that is waited for before and after. */
const LONGEST_STRIKE_MS = 30_000

const STAGES: Readonly<Record<StageName, (leaseMs: number) => Promise<Stage>>> = {
  single: startSingle,
  sentinel: startSentinel,
  cluster: startThree,
}

/** What was done on a stage, and what came of it. */
export interface Performance extends Audit {
  readonly stage: StageName
  readonly workflows: number
  /** How often each fault has struck. */
  readonly faults: Readonly<Record<string, number>>
  readonly columns: Readonly<Record<Fault['column'], number>>
  /** What went wrong with the performance itself; nothing can be said then. */
  readonly accidents: readonly string[]
  readonly seconds: number
}

/** Has workflows sent and run on a stage while everything goes wrong, and looks at what came of them. */
export async function conduct(
  name: StageName,
  size: Size,
  seed: number,
  interrupted: AbortSignal,
): Promise<Performance> {
  const begun = performance.now()
  const { workflows } = size
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-chaos-'))
  const plans = drawPlans(seed)
  plans.write(join(folder, 'plans.json'))
  const accident = new AbortController()
  const signal = AbortSignal.any([interrupted, accident.signal, AbortSignal.timeout(size.limitMs)])
  const accidents: string[] = []
  const struck: Record<string, number> = {}
  const columns = { kills: 0, stops: 0, serverKills: 0, failovers: 0, others: 0 }
  const places: Place[] = []
  const stage = await STAGES[name](LEASE_MS)
  try {
    const workers = await settle('worker', WORKERS)
    const producers = await settle('producer', PRODUCERS)
    const faults = { ...stage.faults, ...processFaults(workers, producers, LEASE_MS) }
    const progress = follow()
    const acts = [
      run('processes', faults, progress),
      run('servers', faults, progress),
      progress.reach(workflows),
    ]
    for (const act of acts) act.catch(mishap)
    await within(size.limitMs + LONGEST_STRIKE_MS, 'the end of the last strike', Promise.allSettled(acts))
    if (accidents.length === 0) {
      await sleep(2 * LEASE_MS, undefined, { signal }) // who was killed last is found dead
      const left = Promise.all(workers.map((worker) => worker.leave()))
      await within(LONGEST_STRIKE_MS, 'taking leave', left).catch(mishap)
    }
    for (const place of places) await place.close()
    if (interrupted.aborted) throw new Error('interrupted')
    accidents.push(...stage.mishaps())
    const found = await audit(stage, plans, workflows, folder)
    const seconds = Math.round((performance.now() - begun) / 1_000)
    return { stage: name, workflows, faults: struck, columns, accidents, seconds, ...found }
  } finally {
    for (const place of places) await place.close()
    await stage.stop()
    rmSync(folder, { recursive: true, force: true })
  }

  /** Nothing that follows would say anything. */
  function mishap(what: unknown): void {
    accidents.push(String(what))
    accident.abort()
  }

  async function settle(role: 'worker' | 'producer', count: number): Promise<Place[]> {
    const settled: Place[] = []
    for (let place = 0; place < count; place++) {
      const { partitions, replicas } = stage
      const where = await stage.where()
      const orders: Orders = {
        ...{ where, partitions, leaseMs: LEASE_MS, folder, workflows },
        replicas: place === 0 ? replicas : 0, // both ways of sending
        ...{ place, places: count },
      }
      const file = join(import.meta.dirname, `${role}.ts`)
      const clockOffMs = CLOCKS_OFF_MS[role][place % CLOCKS_OFF_MS[role].length] as number
      settled.push(
        new Place(file, [written(orders)], clockOffMs, (what) => mishap(`${role} ${place}: ${what}`)),
      )
    }
    places.push(...settled)
    return settled
  }

  /** How many workflows have ended, for those who sent them. */
  function follow(): Progress {
    const ledger = new Ledger<Deed>(folder, 'producer-')
    const ended = new Set<number>()
    return {
      async reach(count) {
        for (;;) {
          for (const deed of ledger.news()) if (isOver(deed)) ended.add(deed.n)
          if (ended.size >= count) return
          if (signal.aborted) throw new Error(`${ended.size} of ${workflows} workflows had ended in time`)
          await sleep(TICK_MS)
        }
      },
    }
  }

  async function run(track: Fault['track'], faults: Faults, progress: Progress): Promise<void> {
    for (const { fault: name, after, pauseMs, choice } of scheduleOf(seed, size)) {
      const fault = faults[name]
      if (fault === undefined) throw new Error(`nobody knows how to do this: ${name}`)
      if (fault.track !== track) continue
      await progress.reach(after)
      await sleep(pauseMs, undefined, { signal })
      struck[name] = (struck[name] ?? 0) + 1
      columns[fault.column]++
      await fault.strike(choice, signal)
    }
  }
}

interface Progress {
  reach(count: number): Promise<void>
}
