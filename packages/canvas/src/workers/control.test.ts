import { describe, expect, it } from 'vitest'
import { App } from '../app.ts'

describe('control', () => {
  it('refuses names that no queue can have', async () => {
    await using app = new App()
    for (const queue of ['', 'a\nb']) {
      const refused = { code: 'option-invalid' }
      await expect(app.control.addConsumer(queue)).rejects.toMatchObject(refused)
      await expect(app.control.purge([queue])).rejects.toMatchObject(refused)
    }
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
