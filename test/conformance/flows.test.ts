import { App } from '@arpeggio/canvas'
import { type MemoryBackend, memoryBackend, virtualClock } from '@arpeggio/core'
import { distantBackend } from '../support/distant-backend.ts'
import { NOW, turn } from '../support/stage.ts'
import { describeFlows, type Ensemble } from './flow.suite.ts'

/** Two workers, and a clock that goes on when they have nothing to do. */
async function twoWorkers(reach: (backend: MemoryBackend) => MemoryBackend): Promise<Ensemble> {
  const clock = virtualClock(NOW)
  const backend = reach(memoryBackend({ clock }))
  const app = new App({ backend, logLevel: 'silent' })
  await Promise.all([app.worker().start(), app.worker({ concurrency: 1 }).start()])
  return {
    app,
    keepsTime: true,
    async passes(ms) {
      await turn()
      clock.advanceTo(clock.now() + ms)
    },
    async finished({ run }) {
      while (!(await run.progress()).over) {
        await turn()
        clock.advanceTo(Math.min(backend.nextDue() ?? Number.POSITIVE_INFINITY, clock.next() ?? clock.now()))
      }
    },
  }
}

describeFlows('in memory, with two workers', () => twoWorkers((backend) => backend))
describeFlows('in memory, at the other end of a wire', () => twoWorkers(distantBackend))
describeFlows('eagerly', () => ({
  app: new App({ alwaysEager: true }),
  keepsTime: true,
  finished: async () => {},
  passes: async () => {},
}))
