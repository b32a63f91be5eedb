import { test } from 'vitest'
import { App } from '../index.ts'

const app = new App()

test('a worker with threads is told which module they load', () => {
  app.worker({ pool: 'threads', module: './app.js', maxTasksPerChild: 5, concurrency: 2 })
  app.worker({ pool: 'threads', module: new URL('file:///app.js'), autoscale: { min: 1, max: 4 } })
  app.worker({ pool: 'async', concurrency: 2 })
  // @ts-expect-error: no module
  app.worker({ pool: 'threads' })
  // @ts-expect-error: no such pool
  app.worker({ pool: 'processes' })
  // @ts-expect-error: no max
  app.worker({ autoscale: { min: 1 } })
})
