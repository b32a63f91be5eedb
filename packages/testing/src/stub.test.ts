import { App, signature } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'
import { record } from './record.ts'
import { stub } from './stub.ts'

function shop() {
  const app = new App()
  const pay = app.task(
    { name: 'pay', maxRetries: 1, autoretryFor: [Error] },
    (cents: number, card: string) => {
      throw new Error(`${card} would have been charged ${cents}`)
    },
  )
  const ship = app.task(
    { name: 'ship', bind: true },
    (self, receipt: string) => `${self.request.task} ${receipt}`,
  )
  return { app, order: pay.s(5, 'a card').pipe(ship.s()) }
}

describe('a stub', () => {
  it('runs in place of a task, with what the task would be given', async () => {
    const { app, order } = shop()
    const stubbed = stub(app, { pay: (cents: number, card: string) => `${cents} from ${card}` })
    const result = await signature(order, stubbed).apply()
    expect(await result.get()).toBe('ship 5 from a card')
  })

  it('keeps the options of the task, and may take fewer arguments', async () => {
    const { app, order } = shop()
    let busy = 1
    const stubbed = stub(app, {
      pay: () => {
        if (busy-- > 0) throw new Error('busy')
        return 'paid'
      },
    })
    const recorder = record(stubbed)
    const result = await signature(order, stubbed).apply()
    expect(await result.get()).toBe('ship paid')
    expect(recorder.names).toEqual(['pay', 'pay', 'ship'])
  })

  it('of a bound task is given self as well', async () => {
    const { app, order } = shop()
    const ship = (self: { request: { task: string } }, receipt: string) => [self.request.task, receipt]
    const result = await signature(order, stub(app, { pay: () => 'paid', ship })).apply()
    expect(await result.get()).toEqual(['ship', 'paid'])
  })

  it('leaves the app as it is', async () => {
    const { app, order } = shop()
    stub(app, { pay: () => 'paid' })
    await expect((await order.apply()).get()).rejects.toThrow('a card would have been charged 5')
  })

  it('of a task that is not there is refused, and so is what is no function', () => {
    const { app } = shop()
    expect(() => stub(app, { pai: () => 'paid' })).toThrow(/No task named "pai".*Did you mean "pay"\?/)
    expect(() => stub(app, { pay: 'paid' as never })).toThrow('The stub of pay is "paid". Give a function.')
  })

  it('of what is no app is refused', () => {
    expect(() => stub({} as never, {})).toThrow(
      'stub was given an object where an app belongs. Write stub(app, ',
    )
  })
})
