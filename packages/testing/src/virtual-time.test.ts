import { setTimeout as wait } from 'node:timers/promises'
import { App } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'
import { record } from './record.ts'
import { virtualTime } from './virtual-time.ts'

function shop() {
  const app = new App()
  let busy = 2
  const options = { name: 'pay', autoretryFor: [RangeError], defaultRetryDelay: '1h' } as const
  const pay = app.task(options, (cents: number) => {
    if (busy-- > 0) throw new RangeError('busy')
    return `${cents} cents`
  })
  const ship = app.task('ship', (receipt: string) => `shipped for ${receipt}`)
  return { app, pay, ship }
}

describe('virtual time', () => {
  it('passes only when it is told to', async () => {
    const { app, pay, ship } = shop()
    await using time = await virtualTime(app, { start: new Date('2026-01-01T08:00:00Z') })
    const recorder = record(time.app)
    const result = await time.send(pay.s(5).pipe(ship.s()))
    expect(recorder.names).toEqual(['pay'])
    expect(await result.state()).toBe('PENDING')
    await time.advance('59m')
    expect(recorder.names).toEqual(['pay'])
    await time.advance('1m')
    expect(recorder.names).toEqual(['pay', 'pay'])
    await time.advance('1h')
    expect(recorder.names).toEqual(['pay', 'pay', 'pay', 'ship'])
    expect(await result.get()).toBe('shipped for 5 cents')
    expect(time.now).toEqual(new Date('2026-01-01T10:00:00Z'))
  })

  it('lets all run that becomes due meanwhile, in its turn', async () => {
    const app = new App()
    const say = app.task('say', (text: string) => text)
    await using time = await virtualTime(app)
    const recorder = record(time.app)
    await time.send(say.s('late').set({ countdown: '2d' }))
    await time.send(say.s('early').set({ countdown: '1d' }))
    await time.advance('3d')
    expect(recorder.ran.map(({ args }) => args[0])).toEqual(['early', 'late'])
  })

  it('lets calls expire, and waits for tasks that wait for something real', async () => {
    const app = new App()
    const slow = app.task('slow', async () => {
      await wait(5)
      return 'done'
    })
    await using time = await virtualTime(app)
    const result = await time.send(slow.s())
    expect(await result.get()).toBe('done')
    const late = await time.send(slow.s().set({ countdown: '2h', expires: '1h' }))
    await time.advance('2h')
    expect(await late.state()).toBe('REVOKED')
  })

  it('holds for what tasks send while they run, by the app itself', async () => {
    const app = new App()
    const later = app.task('later', () => 'later')
    const begin = app.task('begin', async () => {
      await later.s().set({ countdown: '1h' }).delay()
    })
    await using time = await virtualTime(app)
    const recorder = record(time.app)
    await time.send(begin.s())
    expect(recorder.names).toEqual(['begin'])
    await time.advance('1h')
    expect(recorder.names).toEqual(['begin', 'later'])
  })

  it('refuses options that it cannot have, and what is no app', () => {
    expect(() => virtualTime(undefined as never)).toThrow('Write virtualTime(app).')
    expect(() => virtualTime(new App(), { start: 'now' as never })).toThrow(
      'The option start of virtualTime cannot be "now". Give a Date.',
    )
  })
})
