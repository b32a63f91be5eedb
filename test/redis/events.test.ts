import { App, type Settings } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { expect, onTestFinished, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

const here = redisHere()

/** An app on connections of its own, as in another process. */
function appOn(prefix: string, settings: Settings = {}): App {
  const backend = redisBackend(here.server.url, { prefix, warn: () => {} })
  const app = new App({ backend, logLevel: 'silent', ...settings })
  onTestFinished(() => app.close())
  return app
}

test.each([false, true])('nothing is written down where nobody reads, with events: %s', async (events) => {
  const app = appOn(`unread-${events}`, { events })
  const one = app.task('one', () => 1)
  await app.worker().start()
  await (await one.delay()).run.finished()
  await app.close()
  expect(await here.redis.exists(`{unread-${events}:0}:events`)).toBe(0)
})

test('who begins to read misses nothing of processes that tell always', async () => {
  const app = appOn('read', { events: true })
  const one = app.task('one', () => 1)
  await app.worker().start()
  await (await one.delay()).run.finished() // now they know that nobody reads
  const events = appOn('read').events()
  await events.ready
  const { id } = await one.delay()
  const told = new Set<string>()
  for await (const event of events) {
    if ('run' in event && event.run === id) told.add(event.type)
    if (told.has('run-finished') && told.has('task-sent')) break
  }
  expect([...told].sort()).toEqual([
    ...['run-finished', 'run-started'],
    ...['task-received', 'task-sent', 'task-started', 'task-succeeded'],
  ])
})

test('who reads is told that a worker has gone, also when its app is closed', async () => {
  const events = appOn('leaving').events()
  await events.ready
  const app = appOn('leaving', { events: true })
  await app.worker({ hostname: 'one' }).start()
  const told: string[] = []
  for await (const event of events) {
    told.push(event.type)
    if (event.type === 'worker-online') void app.close()
    if (event.type === 'worker-offline') break
  }
  expect(told.at(-1)).toBe('worker-offline')
})
