import { systemClock, virtualClock } from '../memory/clock.ts'
import { type MemoryOptions, memoryBackend } from '../memory/memory-backend.ts'
import type { Compiled } from '../model/plan.ts'
import type { Backend, Delivery } from '../ports/backend.ts'
import { createExecutor } from './attempts/executor.ts'
import { eventLog } from './events/event-log.ts'
import { witnessed } from './events/witness.ts'
import type { AsyncResult } from './reading/handles.ts'
import { resultOfRun } from './reading/results.ts'
import { launch } from './runs/launch.ts'
import type { Surroundings } from './tasks/context.ts'
import type { Registry } from './tasks/task.ts'
import { Stir } from './waiting/stir.ts'
import { WaitingRoom } from './worker/waiting-room.ts'

/** A private world in which workflows run here and now: one task at a time, in the order of their messages. */
export interface EagerWorld {
  readonly backend: Backend
  /** Runs all there is to run; delays pass in no time. */
  drain(): Promise<void>
}

const STOPPED = AbortSignal.abort()

/** Runs a compiled canvas in a world of its own, to its end. */
export async function applyEagerly(
  registry: Registry,
  around: Surroundings,
  id: string,
  compiled: Compiled,
): Promise<AsyncResult<unknown>> {
  const { backend, drain } = eagerWorld(registry, around)
  await launch(backend, id, compiled, { ...around, isEager: true })
  await drain()
  return resultOfRun({ ...registry, backend }, id, compiled.shape)
}

/** The same machine and executor as everywhere, on a memory backend of its own whose clock jumps from one due moment to the next. */
export function eagerWorld(
  registry: Registry,
  around: Surroundings,
  options: Pick<MemoryOptions, 'resultTtlMs'> = {},
): EagerWorld {
  const clock = virtualClock(Date.now())
  const memory = memoryBackend({ ...options, clock })
  const backend = {
    ...memory,
    deliveries: {
      ...memory.deliveries,
      submit(...given: Parameters<typeof memory.deliveries.submit>) {
        const answer = memory.deliveries.submit(...given)
        void drain()
        return answer
      },
    },
    runs: {
      ...memory.runs,
      reopen(run: string) {
        const answer = memory.runs.reopen(run)
        void drain()
        return answer
      },
    },
  }
  const running = new Map<Delivery, Promise<void>>()
  /** What tasks wait for, by their ids. */
  const blocked = new Map<string, Set<symbol>>()
  let stirs = 0
  const stir = new Stir()
  /** Something is otherwise than before: a task ended, waits, or goes on. */
  function stirred(): void {
    stirs++
    stir.happened()
  }
  const log = eventLog(backend, { hostname: () => 'eager', always: false, report: around.report })
  const executor = createExecutor(registry, {
    ...around,
    backend: witnessed(backend, log),
    tell: log.tell,
    isEager: true,
    isApart: true,
    stopwatch: systemClock,
    block({ request: { id } }) {
      const wait = Symbol(id)
      const waits = blocked.get(id) ?? new Set()
      blocked.set(id, waits.add(wait))
      stirred()
      return () => {
        waits.delete(wait)
        if (waits.size === 0 && blocked.get(id) === waits) blocked.delete(id)
        stirred()
      }
    },
  })
  /** For who waits for the turn his rate gives him; time passes at once for him, too. */
  const room = new WaitingRoom(backend, Number.POSITIVE_INFINITY)
  void backend.deliveries.heed(async (run) => {
    const concerned = [...running.keys()].filter(({ message }) => message.run === run)
    const interruptions = await memory.deliveries.extend(concerned)
    executor.interrupt(interruptions)
    await room.interrupt(interruptions)
  })
  let draining: Promise<void> | null = null

  async function serve(delivery: Delivery): Promise<void> {
    const { message } = delivery
    const rate = message.kind === 'call' ? registry.tasks.get(message.task)?.rate : undefined
    const slot = await room.enter(delivery, rate ?? null)
    if (slot !== null) await executor.execute(slot.delivery).finally(slot.leave)
  }

  /** The next task starts when the one before has ended, or waits for another. Time passes when nobody can do anything. */
  async function run(): Promise<void> {
    for (;;) {
      if (running.size > blocked.size + room.waiting) {
        await stir.next()
        continue
      }
      const before = stirs
      const [delivery] = await backend.deliveries.receive(backend.queueNames(), 1, STOPPED)
      if (delivery !== undefined) {
        const task = serve(delivery)
          .catch((error) => around.report(`${delivery.message.id} could not be brought to an end`, error))
          .finally(() => {
            running.delete(delivery)
            blocked.delete(delivery.message.id) // whatever it still waits for, nobody waits for it
            stirred()
          })
        running.set(delivery, task)
        continue
      }
      if (stirs !== before) continue
      const due = Math.min(
        backend.nextDue() ?? Number.POSITIVE_INFINITY,
        clock.next() ?? Number.POSITIVE_INFINITY,
      )
      if (Number.isFinite(due)) clock.advanceTo(due)
      else if (running.size === 0) break
      else await stir.next() // they wait for something outside of this world
    }
    draining = null // at once: what is sent from now on is drained by the next
  }

  function drain(): Promise<void> {
    stirred()
    draining ??= run()
    return draining
  }

  return { backend, drain }
}
