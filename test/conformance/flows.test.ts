import { App } from '@arpeggio/canvas'
import { memoryBackend, virtualClock } from '@arpeggio/core'
import { NOW, turn } from '../support/stage.ts'
import { describeFlows } from './flow.suite.ts'

describeFlows('in memory, with two workers', async () => {
  const clock = virtualClock(NOW)
  const backend = memoryBackend({ clock })
  const app = new App({ backend })
  await Promise.all([app.worker().start(), app.worker({ concurrency: 1 }).start()])
  return {
    app,
    async finished({ run }) {
      while (!(await run.progress()).over) {
        await turn()
        clock.advanceTo(backend.nextDue() ?? clock.now())
      }
    },
  }
})

describeFlows('eagerly', () => ({ app: new App({ alwaysEager: true }), finished: async () => {} }))
