import { describe, expect, it } from 'vitest'
import { App } from '../app.ts'
import { group } from '../group.ts'

describe('control', () => {
  it('refuses names that no queue can have', async () => {
    await using app = new App()
    for (const queue of ['', 'a\nb']) {
      const refused = { code: 'option-invalid' }
      await expect(app.control.addConsumer(queue)).rejects.toMatchObject(refused)
      await expect(app.control.purge([queue])).rejects.toMatchObject(refused)
    }
  })

  it('scales workers that do so between other bounds, and tells between which', async () => {
    await using app = new App()
    const elastic = app.worker({ hostname: 'elastic', autoscale: { min: 1, max: 20, every: '1m' } })
    await Promise.all([elastic.start(), app.worker({ hostname: 'stiff', concurrency: 4 }).start()])
    expect(await app.control.autoscale({ min: 3, max: 8 })).toEqual({
      elastic: { ok: { min: 3, max: 8 } },
      stiff: { error: expect.stringMatching(/does not autoscale/) },
    })
    expect(await app.inspect.conf()).toMatchObject({
      elastic: { pool: 'async', concurrency: 3, autoscale: { min: 3, max: 8, everyMs: 60_000 } },
      stiff: { pool: 'async', concurrency: 4, autoscale: null },
    })
    const below = { destination: ['elastic'] }
    expect(await app.control.autoscale({ min: 1, max: 2 }, below)).toEqual({
      elastic: { ok: { min: 1, max: 2 } },
    })
    expect(await app.inspect.conf(below)).toMatchObject({ elastic: { concurrency: 2 } })
    let most = 0
    let running = 0
    const count = app.task('count', async () => {
      most = Math.max(most, ++running)
      await new Promise((next) => setImmediate(next))
      running--
    })
    await app.control.shutdown({ destination: ['stiff'] })
    await group(Array.from({ length: 20 }, () => count.s())).run()
    expect(most).toBe(2)
  })

  it.each<[unknown, string]>([
    [
      { min: 3, max: 2 },
      'control.autoscale cannot be from 3 to 2. Give { min, max }, where max is not less.',
    ],
    [{ min: 0, max: 2 }, 'The option min of control.autoscale cannot be 0. Give a whole number from 1.'],
    [{ min: 1 }, 'control.autoscale was given no max. Give { min, max }.'],
    [{ max: 2, every: '1m' }, 'control.autoscale has no option "every". The options are min, max.'],
    [5, 'control.autoscale cannot be 5. Give { min, max }.'],
  ])('refuses bounds that are none: %o', async (bounds, message) => {
    await using app = new App()
    const refused = { code: 'option-invalid', message }
    await expect(app.control.autoscale(bounds as never)).rejects.toMatchObject(refused)
  })

  it('adds no queue that there is not, if there can be no others', async () => {
    const taskQueues = ['web', 'default']
    await using app = new App({ taskQueues, taskCreateMissingQueues: false })
    await app.worker({ hostname: 'one', queues: ['default'] }).start()
    const says = 'There is no queue "wbe": taskQueues are web, default.'
    const refused = { code: 'queue-unknown', message: expect.stringContaining(says) }
    await expect(app.control.addConsumer('wbe')).rejects.toMatchObject(refused)
    expect(() => app.worker({ queues: ['wbe'] })).toThrow(expect.objectContaining(refused))
    expect(await app.control.addConsumer('web')).toEqual({ one: { ok: ['default', 'web'] } })
  })
})
