import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../memory/clock.ts'
import { memoryBackend } from '../../memory/memory-backend.ts'
import type { Call, Plan } from '../../model/plan.ts'
import { launch } from '../runs/launch.ts'
import { queuesOfRun, whyItWaits } from './unserved.ts'

describe('why something waits', () => {
  it('is told where nobody who is there serves its queue', async () => {
    const { backend } = await waitingIn('emails')
    await backend.presence.enter('one', { queues: ['default'] }, 1_000)
    expect(await whyItWaits(backend, ['emails', 'default'])).toBe(
      ` No worker has been seen that serves the queue "emails", where calls wait: start one with app.worker({ queues: ['emails'] }).start().`,
    )
    await backend.presence.enter('two', { queues: ['emails'] }, 1_000)
    expect(await whyItWaits(backend, ['emails', 'default'])).toBe('')
  })

  it('is not told of queues that it has nothing to do with, nor of those where nothing is due', async () => {
    const { backend } = await waitingIn('emails')
    expect(await whyItWaits(backend, ['default'])).toBe('')
    const later = await waitingIn('emails', { countdown: 1_000 })
    expect(await whyItWaits(later.backend, ['emails'])).toBe('')
  })

  it('is not told where the backend does not say, or not soon', async () => {
    const { backend, clock } = await waitingIn('emails')
    backend.presence.list = () => Promise.reject(new Error('not for you'))
    expect(await whyItWaits(backend, ['emails'])).toBe('')
    backend.presence.list = () => new Promise(() => {})
    const why = whyItWaits(backend, ['emails'])
    clock.advanceTo(clock.now() + 300)
    expect(await why).toBe('')
  })

  it('is not looked for where no queue is known', async () => {
    const { backend } = await waitingIn('emails')
    let looks = 0
    backend.queues.list = () => {
      looks++
      return []
    }
    expect(await whyItWaits(backend, [])).toBe('')
    expect(looks).toBe(0)
  })

  it('is looked for once by all who are late together', async () => {
    const { backend } = await waitingIn('emails')
    let looks = 0
    backend.presence.list = async () => {
      looks++
      return []
    }
    const all = await Promise.all(Array.from({ length: 100 }, () => whyItWaits(backend, ['emails'])))
    expect([new Set(all).size, looks]).toEqual([1, 1])
  })
})

describe('the queues to which calls of a run go', () => {
  it('are those of steps, of branches, and of what is stored', () => {
    const rest = { size: 2, policy: 'all', keep: false, options: {}, link: [], errback: [] } as const
    const plan: Plan = [
      call('a'),
      { op: 'fork', at: '1', branches: [[call('b')], [call('a')]], ...rest },
      { op: 'fork', at: '2', branches: { op: 'stored', list: 'l', from: 1, to: 3 }, ...rest },
      { op: 'stored', list: 'm', from: 0, to: 1, end: '9' },
    ]
    const lists = { l: [[call('no')], [call('c')], [call()]], m: [call('d')] }
    expect(queuesOfRun({ plan, lists })).toEqual(['a', 'd', 'b', 'c', 'default'])
  })

  it('is the one of a run of one call', () => {
    expect(queuesOfRun({ plan: [call('a')], lists: {} })).toEqual(['a'])
    expect(queuesOfRun({ plan: [call()], lists: {} })).toEqual(['default'])
  })

  it('are found at once, however wide a canvas is', () => {
    const branches = Array.from({ length: 100_000 }, (_, i) => [call(`q${i}`)])
    const rest = { size: 2, policy: 'all', keep: false, options: {}, link: [], errback: [] } as const
    expect(
      queuesOfRun({ plan: [{ op: 'fork', at: '0', branches, ...rest }], lists: {} }).length,
    ).toBeLessThan(20)
  })
})

/** A backend where one call waits in a queue. */
async function waitingIn(queue: string, { countdown = 0 } = {}) {
  const clock = virtualClock(1_000)
  const backend = memoryBackend({ clock })
  const plan = [{ ...call(queue, { countdown }), takes: '' }]
  await launch(backend, 'r', {
    plan,
    lists: {},
    shape: [{ op: 'call', task: 't', at: 0 }],
    span: 1,
    calls: 1,
  })
  return { backend, clock }
}

function call(queue?: string, more: object = {}): Call {
  const nothing = { args: [], kwargs: {}, immutable: false, link: [], errback: [] }
  const options = { ...(queue !== undefined && { queue }), ...more }
  return { op: 'call', at: '0', task: 't', options, ...nothing }
}
