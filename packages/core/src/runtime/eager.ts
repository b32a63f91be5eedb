import { systemClock, virtualClock } from '../memory/clock.ts'
import { memoryBackend } from '../memory/memory-backend.ts'
import type { Compiled } from '../model/plan.ts'
import type { Backend } from '../ports/backend.ts'
import type { TaskWorld } from './context.ts'
import { createExecutor } from './executor.ts'
import type { AsyncResult } from './handles.ts'
import { launch } from './launch.ts'
import { resultOfRun } from './results.ts'
import type { Registry } from './task.ts'

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
  report: TaskWorld['report'],
  id: string,
  compiled: Compiled,
): Promise<AsyncResult<unknown>> {
  const { backend, drain } = eagerWorld(registry, report)
  await launch(backend, id, compiled)
  await drain()
  return resultOfRun({ backend, errors: registry.errors }, id, compiled.shape)
}

/** The same machine and executor as everywhere, on a memory backend of its own whose clock jumps from one due moment to the next. */
export function eagerWorld(registry: Registry, report: TaskWorld['report']): EagerWorld {
  const clock = virtualClock(Date.now())
  const backend = memoryBackend({ clock })
  let waiting = 0
  let stirred: () => void = () => {}
  const executor = createExecutor(registry, {
    backend,
    isEager: true,
    stopwatch: systemClock,
    report,
    async waiting(wait) {
      waiting++
      stirred()
      try {
        return await wait
      } finally {
        waiting--
      }
    },
  })
  void backend.deliveries.heed(executor.abortHalted)
  const running = new Set<Promise<void>>()
  let draining: Promise<void> | null = null

  /** The next task starts when the one before has ended, or waits for another. */
  async function run(): Promise<void> {
    for (;;) {
      if (running.size > waiting) {
        await new Promise<void>((resolve) => {
          stirred = resolve
          for (const task of running) void task.finally(resolve)
        })
        continue
      }
      const [delivery] = await backend.deliveries.receive(backend.queues(), 1, STOPPED)
      if (delivery !== undefined) {
        const task = executor.execute(delivery).finally(() => running.delete(task))
        running.add(task)
        continue
      }
      const due = backend.nextDue() ?? clock.next()
      if (due === null) return
      clock.advanceTo(due)
    }
  }

  return {
    backend,
    drain() {
      draining ??= run().finally(() => {
        draining = null
      })
      return draining
    },
  }
}
