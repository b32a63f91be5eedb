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
})
