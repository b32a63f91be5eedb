import { memoryBackend } from '@arpeggio/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { App } from '../app.ts'

describe('a process that ends', () => {
  it('is listened to once, however many apps there are, and told of what nobody will run', async () => {
    const { App, listeners } = await freshApp()
    const reported: string[] = []
    const report = (problem: string): void => {
      reported.push(problem)
    }
    const apps = ['unserved', 'served', 'closed', 'late'].map((name) => new App({ name, report }))
    const [, served, closed, late] = apps
    await late?.worker().start()
    for (const app of apps) {
      const sent = await Promise.all([0, 1, 2, 3, 4].map((i) => app.task(`one${i}`, () => 1).delay()))
      if (app === late) await Promise.all(sent.map((result) => result.get())) // a process that works does not end
    }
    expect(listeners()).toHaveLength(1)
    await served?.worker().start()
    await served?.close()
    await closed?.close()
    for (const listener of listeners()) listener()
    expect(reported).toEqual([
      'closed was closed while 5 calls wait in "default": what waits in memory is lost. Wait for the results before it is closed',
      'unserved ends while 5 calls wait in "default", and nobody will run that: start a worker with app.worker().start(), or use apply()',
    ])
    for (const app of apps) await app.close()
  })

  it('is told of queues that no worker serves', async () => {
    const { App, listeners } = await freshApp()
    const reported: string[] = []
    const app = new App({ name: 'pages', report: (problem) => reported.push(problem) })
    const [here, there] = [app.task('here', () => 1), app.task({ name: 'there', queue: 'web' }, () => 1)]
    await app.worker().start()
    await there.delay()
    await here.run()
    for (const listener of listeners()) listener()
    expect(reported).toEqual([
      'pages ends while 1 call waits in "web", and no worker serves them: name them among the queues of one, app.worker({ queues: [...] })',
    ])
    await app.close()
  })

  it('is of no interest to what runs eagerly, or lives elsewhere', async () => {
    const { App, listeners } = await freshApp()
    await using app = new App()
    await using eager = new App({ alwaysEager: true })
    await using elsewhere = new App({ backend: memoryBackend() })
    const inner = app.task('inner', () => 1)
    const outer = app.task('outer', async () => (await inner.delay()).id)
    await outer.apply()
    await eager.task('one', () => 1).delay()
    await elsewhere.task('one', () => 1).delay()
    expect(listeners()).toEqual([])
  })
})

/** An app as in a process of its own, and how that is listened to. */
async function freshApp() {
  vi.resetModules()
  const { App: Fresh } = (await import('../app.ts')) as { App: typeof App }
  const before = process.listeners('beforeExit')
  onTestFinished(() => {
    for (const listener of listeners()) process.removeListener('beforeExit', listener)
  })
  const listeners = () =>
    (process.listeners('beforeExit') as (() => void)[]).filter((listener) => !before.includes(listener))
  return { App: Fresh, listeners }
}
