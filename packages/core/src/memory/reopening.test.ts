import { expect, it } from 'vitest'
import type { CallMessage } from '../model/message.ts'
import type { Delivery } from '../ports/backend.ts'
import { virtualClock } from './clock.ts'
import { memoryBackend } from './memory-backend.ts'

it('a run that goes on is remembered for a whole term from when it is over again', async () => {
  const clock = virtualClock()
  const { deliveries, runs } = memoryBackend({ clock, resultTtlMs: 100 })
  const known = async (run: string): Promise<boolean> => (await runs.get(run)) !== null

  /** Runs are forgotten when others come. */
  async function send(run: string): Promise<Delivery> {
    const launch = {
      id: run,
      root: run,
      parent: null,
      shape: [],
      lists: {},
      calls: 1,
      span: 1,
      deadline: null,
    }
    await deliveries.submit(launch, [{ do: 'publish', message: call(run) }])
    return receive()
  }

  async function receive(): Promise<Delivery> {
    const [delivery] = await deliveries.receive(['default'], 1, AbortSignal.abort())
    if (delivery === undefined) throw new Error('nothing was delivered')
    return delivery
  }

  const delivery = await send('failed')
  await deliveries.commit(delivery, [{ do: 'keep', failed: delivery.message }])
  clock.advanceTo(60)
  await runs.reopen('failed')
  const again = await receive()
  clock.advanceTo(120)
  await send('other')
  expect(await known('failed')).toBe(true)
  await deliveries.commit(again, [])
  clock.advanceTo(200)
  await send('another')
  expect(await known('failed')).toBe(true)
  clock.advanceTo(220)
  await send('the last')
  expect(await known('failed')).toBe(false)
})

function call(run: string): CallMessage {
  const course = { run, root: run, parent: null, group: null, seat: null, aside: false }
  const told = { task: 'task', args: [], kwargs: {}, options: {}, retries: 0, countdown: 0, eta: null }
  return { kind: 'call', id: run, at: '0', ...course, ...told, link: [], errback: [], rest: [] }
}
