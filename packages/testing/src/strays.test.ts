import { App, type AppOptions } from '@arpeggio/canvas'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { virtualTime } from './virtual-time.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function shop(options: AppOptions = {}) {
  const warnings: string[] = []
  const app = new App({ report: (problem) => warnings.push(problem), ...options })
  const pay = app.task('pay', (cents: number) => `${cents} cents`)
  const tell = app.task('tell', async () => (await pay.s(5).set({ countdown: '1d' }).delay()).id)
  return { app, pay, tell, warnings }
}

/** Until a worker would have come, and answered. */
async function aWhile(): Promise<void> {
  await vi.advanceTimersByTimeAsync(3_000)
}

describe('what an app itself sends while it has a twin in virtual time', () => {
  it('is said to wait where nobody works, once, and where to send it', async () => {
    const { app, pay, warnings } = shop()
    await using _ = await virtualTime(app)
    await pay.delay(5)
    await pay.s(6).set({ countdown: '1h' }).delay()
    await aWhile()
    await pay.delay(7)
    await aWhile()
    expect(warnings).toEqual([
      'A call of pay was sent by the app itself, where no worker is, and not by its twin in virtual time. Send it there: time.send(canvas), or signature(canvas, time.app).delay()',
    ])
  })

  it('is not spoken of if somebody works there, or it is run at once', async () => {
    const served = shop()
    await using _ = await virtualTime(served.app)
    await served.pay.delay(5)
    await served.app.worker().start()
    const eager = shop({ alwaysEager: true })
    await using _other = await virtualTime(eager.app)
    await eager.pay.delay(5)
    const applied = shop()
    await using _third = await virtualTime(applied.app)
    await applied.pay.s(5).apply()
    await aWhile()
    expect([...served.warnings, ...eager.warnings, ...applied.warnings]).toEqual([])
    await served.app.close()
  })

  it('is not spoken of if a task of the twin sends it: that stays there', async () => {
    const { app, tell, warnings } = shop()
    await using time = await virtualTime(app)
    await time.send(tell.s())
    await aWhile()
    expect(warnings).toEqual([])
  })

  it('is not spoken of once virtual time is over', async () => {
    const { app, pay, warnings } = shop()
    {
      await using _ = await virtualTime(app)
      await pay.delay(5)
    }
    await pay.delay(6)
    await aWhile()
    expect(warnings).toEqual([])
  })
})
