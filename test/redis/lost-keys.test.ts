import { setTimeout as sleep } from 'node:timers/promises'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { expect, it } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

const here = redisHere()

it('a run that is gone, and its deadline is not, holds up nobody', async () => {
  const app = new App({ logLevel: 'silent', backend: redisBackend(here.server.url, { warn: () => {} }) })
  const add = app.task('add', (a: number, b: number) => a + b)
  const { id } = await add.s(1, 2).set({ deadline: '300ms', countdown: '1h' }).delay()
  const [key] = (await here.redis.keys('*')).filter((key) => key.endsWith(`run:${id}`))
  await here.redis.del(key as string)
  await sleep(400)
  await app.worker().start()
  expect(await add.s(3, 4).run()).toBe(7)
  await app.close()
})

it('a database that is not there is refused, and nothing is written elsewhere', async () => {
  await here.redis.flushall()
  const app = new App({ backend: redisBackend(`${here.server.url}/99`, { warn: () => {} }) })
  const sent = app.task('one', () => 1).delay()
  await expect(sent).rejects.toMatchObject({
    code: 'backend-refused',
    message: expect.stringContaining('DB index'),
  })
  expect(await here.redis.dbsize()).toBe(0)
  await app.close()
})

it('who asks a handle when its app is closed is told so, whether that had ever connected or not', async () => {
  for (const connects of [true, false]) {
    const app = new App({ logLevel: 'silent', backend: redisBackend(here.server.url, { warn: () => {} }) })
    const task = app.task('one', () => 1)
    const result = connects ? await task.delay() : app.result('x')
    await app.close()
    await expect(result.state()).rejects.toMatchObject({ code: 'app-closed' })
    await expect(result.get({ timeout: '1s' })).rejects.toMatchObject({ code: 'app-closed' })
  }
})
