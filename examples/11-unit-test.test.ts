import { App, type Failure } from '@arpeggio/canvas'
import { beforeEach, expect, test, vi } from 'vitest'

/** The workflow under test: an order is paid, then shipped; a busy bank is asked again an hour later. */
function shop(app: App, bank: (cents: number) => string, complain: (failure: Failure) => void) {
  const pay = app.task(
    { name: 'pay', autoretryFor: [BankIsBusy], maxRetries: 3, defaultRetryDelay: '1h' },
    bank,
  )
  const ship = app.task('ship', (receipt: string, goods: string) => `${goods} shipped, paid with ${receipt}`)
  const support = app.task('support', complain)
  const order = (goods: string, cents: number) => pay.s(cents).pipe(ship.s(goods)).onError(support.s())
  return { pay, order }
}

class BankIsBusy extends Error {
  override readonly name = 'BankIsBusy'
}

const bank = vi.fn((cents: number) => `receipt over ${cents}`)
const complain = vi.fn((_failure: Failure) => {})
const { pay, order } = shop(new App(), bank, complain)
beforeEach(() => vi.clearAllMocks())

test('a task is a function, and is tested like one', () => {
  expect(pay(500)).toBe('receipt over 500')
})

test('apply() runs the whole workflow here and now: no worker, no server', async () => {
  const result = await order('a book', 500).apply()
  expect(await result.get()).toBe('a book shipped, paid with receipt over 500')
})

test('retries and countdowns pass in virtual time', async () => {
  const started = performance.now()
  bankIsBusyFor(2)
  const result = await order('a book', 500).set({ countdown: '30d' }).apply()

  expect(await result.successful()).toBe(true)
  expect(bank).toHaveBeenCalledTimes(3)
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('when no retry is left, nothing is shipped, and support hears of it once', async () => {
  bankIsBusyFor(4)
  const result = await order('a book', 500).apply()

  await expect(result.get()).rejects.toThrow(BankIsBusy)
  expect(await result.parent?.state()).toBe('FAILURE')
  expect(complain).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ task: 'pay', args: [500], retries: 3 }),
  )
})

test('code that sends by itself is tested with an app that is always eager', async () => {
  const { order } = shop(new App({ alwaysEager: true }), bank, complain)
  const checkout = async () => (await order('a pen', 90).delay()).id // as a request handler would

  await checkout()
  expect(bank).toHaveBeenCalledExactlyOnceWith(90)
})

function bankIsBusyFor(calls: number): void {
  for (let call = 0; call < calls; call++) {
    bank.mockImplementationOnce(() => {
      throw new BankIsBusy('call again later')
    })
  }
}
