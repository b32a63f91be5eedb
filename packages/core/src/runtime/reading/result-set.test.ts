import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../memory/clock.ts'
import { memoryBackend } from '../../memory/memory-backend.ts'
import type { Backend } from '../../ports/backend.ts'
import { launch } from '../runs/launch.ts'
import type { AsyncResult } from './handles.ts'
import { ResultSet } from './result-set.ts'
import { resultOfRun } from './results.ts'

describe('a set of results', () => {
  it('holds each node once, in the order they came', async () => {
    const { handle } = await world()
    const [a, b, c] = [await handle('a'), await handle('b'), await handle('c')]
    const set = new ResultSet([a, b]).add(b).update([a, c])
    expect([set.length, set.results.map(({ id }) => id), [...set].length]).toEqual([3, ['a', 'b', 'c'], 3])
    set.remove(b)
    set.discard(b)
    expect(set.results).toEqual([a, c])
    expect(() => set.remove(b)).toThrow(/^b is not in this set.*discard/)
    set.clear()
    expect([set.length, await set.get(), await set.ready(), await set.waiting()]).toEqual([
      0,
      [],
      true,
      false,
    ])
  })

  it('takes handles and known options only', async () => {
    expect(() => new ResultSet(['r' as never])).toThrow('holds handles, and was given "r"')
    await expect(new ResultSet().get({ interval: 1 } as never)).rejects.toThrow('has no option "interval"')
  })

  it('leaves no wait behind when its loop is left, or one of its results has failed', async () => {
    const { handle, end, listening } = await world()
    const set = new ResultSet([await handle('a'), await handle('b'), await handle('c')])
    const first = (async () => {
      for await (const one of set.completed()) return one
      return null
    })()
    await turns()
    expect(listening()).toBe(3)
    await end('b', { state: 'SUCCESS', value: 2 })
    expect(await first).toEqual([1, 2])
    await turns()
    expect(listening()).toBe(0)

    const values = set.get()
    values.catch(() => {})
    await turns()
    expect(listening()).toBe(2)
    await (await handle('c')).revoke()
    await end('c', REVOKED)
    await expect(values).rejects.toMatchObject({ code: 'task-revoked' })
    await turns()
    expect(listening()).toBe(0)
  })

  it('is called off as a whole', async () => {
    const { handle, listening } = await world()
    const caller = new AbortController()
    const values = new ResultSet([await handle('a'), await handle('b')]).get({ signal: caller.signal })
    values.catch(() => {})
    await turns()
    caller.abort(new Error('enough'))
    await expect(values).rejects.toThrow('enough')
    await turns()
    expect(listening()).toBe(0)
  })
})

const REVOKED = {
  state: 'REVOKED',
  failure: {
    id: 'c',
    task: 't',
    error: { type: 'TaskRevokedError', message: 'it was revoked', stack: null, cause: null },
    state: 'REVOKED',
    args: [],
    kwargs: {},
    retries: 0,
    root: 'c',
  },
} as const

/** Runs of one task each, which the test ends one by one; and how many listen to them. */
async function world() {
  const memory = memoryBackend({ clock: virtualClock() })
  let listeners = 0
  const backend: Backend = {
    ...memory,
    results: {
      ...memory.results,
      async watch(...given) {
        const stop = await memory.results.watch(...given)
        listeners++
        return () => {
          listeners--
          stop()
        }
      },
    },
  }
  const shape = [{ op: 'call', task: 't', at: 0 }] as const
  async function handle(id: string): Promise<AsyncResult<unknown>> {
    const nothing = { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
    const plan = [{ op: 'call', at: '0', task: 't', takes: '', ...nothing }] as const
    await launch(backend, id, { plan, lists: {}, shape, span: 1, calls: 1 })
    return resultOfRun({ backend, errors: new Map() }, id, shape)
  }
  async function end(
    id: string,
    verdict: { readonly state: 'SUCCESS'; readonly value: number } | typeof REVOKED,
  ): Promise<void> {
    for (const delivery of await backend.deliveries.receive(['default'], 100, AbortSignal.abort())) {
      if (delivery.message.id !== id) await backend.deliveries.release([delivery], 'unrun')
      else await backend.deliveries.commit(delivery, [{ do: 'store', id, verdict, counts: true }])
    }
  }
  return { handle, end, listening: () => listeners }
}

/** Lets everything run that can. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
