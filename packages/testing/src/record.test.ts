import { App, chord, signature } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'
import { record } from './record.ts'

describe('a recorder', () => {
  it('has every attempt, in the order in which they began', async () => {
    const app = new App()
    let busy = 1
    const pay = app.task({ name: 'pay', autoretryFor: [RangeError] }, (cents: number) => {
      if (busy-- > 0) throw new RangeError('busy')
      return `${cents} cents`
    })
    const ship = app.task('ship', (receipt: string, goods: string) => `${goods} for ${receipt}`)
    const recorder = record(app)
    await pay.s(5).pipe(ship.s('a pen')).apply()
    expect(recorder.names).toEqual(['pay', 'pay', 'ship'])
    expect(recorder.of('pay').map(({ args, attempt }) => [args, attempt])).toEqual([
      [[5], 1],
      [[5], 2],
    ])
    expect(recorder.ran.at(-1)).toMatchObject({
      task: 'ship',
      args: ['5 cents', 'a pen'],
      kwargs: {},
      delivery: 1,
    })
  })

  it('records what workers run, and nothing after it was stopped', async () => {
    await using app = new App({ logLevel: 'silent' })
    const add = app.task('add', (a: number, b: number) => a + b)
    const total = app.task('total', (sums: number[]) => sums.length)
    await app.worker().start()
    {
      using recorder = record(app)
      await chord([add.s(1, 2), add.s(3, 4)], total.s()).run()
      expect(recorder.names.toSorted()).toEqual(['add', 'add', 'total'])
      expect(recorder.of('total')[0]?.args).toEqual([[3, 7]])
    }
    const recorder = record(app)
    recorder.stop()
    await signature(add.s(1, 2), app).run()
    expect(recorder.ran).toEqual([])
  })
  it('refuses what is no app', () => {
    expect(() => record({} as never)).toThrow('where an app belongs. Write record(app).')
  })

  it('refuses to look for a task that nobody could run, with the name that was meant', async () => {
    const app = new App()
    const recorder = record(app)
    expect(() => recorder.of('ship')).toThrow('It has none.')
    const ship = app.task('ship', (goods: string) => goods)
    app.task('pay', () => 'paid')
    expect(recorder.of('ship')).toEqual([])
    expect(() => recorder.of('shipp')).toThrow(
      expect.objectContaining({
        code: 'task-unknown',
        message:
          'No task named "shipp" is registered in the app that is recorded, and none has run. Did you mean "ship"?',
      }),
    )
    expect(() => recorder.of('elephant')).toThrow('There are ship, pay.')
    await ship.map(['a pen']).apply()
    expect(recorder.names.filter((name) => recorder.of(name).length === 0)).toEqual([])
  })
})
