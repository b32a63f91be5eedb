import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../memory/clock.ts'
import { memoryBackend } from '../../memory/memory-backend.ts'
import type { Backend, Change, Listener } from '../../ports/backend.ts'
import { sightings, type Wait } from './sightings.ts'
import { until } from './until.ts'

describe('a waiter', () => {
  it('that finds what it looks for does not listen at all', async () => {
    const { backend, watchers } = backendOf()
    expect(await until(backend, wait({ look: async () => ({ value: 1 }) }))).toBe(1)
    expect(watchers).toEqual({ came: 0, left: 0 })
  })

  it('loses no wake-up: what happens between its first look and its listening is seen', async () => {
    let value: number | null = null
    const { backend } = backendOf({
      onWatch() {
        value = 5 // it came while nobody listened, and nobody will be told
      },
    })
    expect(await until(backend, wait({ look: async () => (value === null ? null : { value }) }))).toBe(5)
  })

  it('for what was just sent listens at once, and loses no wake-up', async () => {
    const { backend, watchers } = backendOf()
    let looks = 0
    const look = async () => (++looks === 1 ? { value: watchers.came } : null)
    expect(await until(backend, wait({ first: 'listen', look }))).toBe(1)
  })

  it('loses no wake-up: what happens while it looks is seen by another look', async () => {
    const { backend, tell } = backendOf()
    let value: number | null = null
    let looks = 0
    const seen = until(
      backend,
      wait({
        async look() {
          const found = value
          if (++looks === 2) {
            value = 5
            tell({ id: 'r', state: 'SUCCESS', meta: null })
          }
          return found === null ? null : { value: found }
        },
      }),
    )
    expect(await seen).toBe(5)
    expect(looks).toBe(3)
  })

  it('looks again only for what concerns it, and is told what has changed since it last looked', async () => {
    const { backend, tell } = backendOf()
    const looks: (readonly string[] | null)[] = []
    const seen = until(
      backend,
      wait({
        concerns: ({ id }) => id.startsWith('mine'),
        async look(changes) {
          looks.push(changes?.map(({ id }) => id) ?? null)
          return changes?.some(({ id }) => id === 'mine.2') ? { value: 'done' } : null
        },
      }),
    )
    await turns()
    tell({ id: 'other', state: 'SUCCESS', meta: null })
    await turns()
    tell({ id: 'mine.1', state: 'SUCCESS', meta: null })
    tell({ id: 'mine.2', state: 'SUCCESS', meta: null })
    expect(await seen).toBe('done')
    expect(looks).toEqual([null, null, ['mine.1', 'mine.2']])
  })

  it('looks at everything when it is told that much may have changed', async () => {
    const { backend, tell } = backendOf()
    let ready = false
    const seen = until(
      backend,
      wait({
        concerns: () => false,
        look: async (changes) => (ready && changes === null ? { value: 1 } : null),
      }),
    )
    await turns()
    ready = true
    tell(null)
    expect(await seen).toBe(1)
  })

  it('hears every change, also those that do not concern it', async () => {
    const { backend, tell } = backendOf()
    const heard: string[] = []
    let ready = false
    const seen = until(
      backend,
      wait({
        concerns: ({ state }) => state === 'SUCCESS',
        onMessage: ({ state }) => heard.push(state),
        look: async () => (ready ? { value: 1 } : null),
      }),
    )
    await turns()
    tell({ id: 'r', state: 'PROGRESS', meta: 1 })
    ready = true
    tell({ id: 'r', state: 'SUCCESS', meta: null })
    await seen
    expect(heard).toEqual(['PROGRESS', 'SUCCESS'])
  })

  it('gives up when its time is over, and says what to do', async () => {
    const { backend, clock, watchers } = backendOf()
    const seen = until(backend, wait({ timeoutMs: 250 }))
    await turns()
    clock.advanceTo(249)
    expect(watchers).toEqual({ came: 1, left: 0 })
    clock.advanceTo(250)
    await expect(seen).rejects.toMatchObject({
      code: 'timeout',
      message: 'r had not ended after 250 ms. It goes on; wait longer, or cancel its run.',
    })
    expect(watchers).toEqual({ came: 1, left: 1 })
  })

  it('is told that the backend has not answered, if it has not: nobody knows whether it had ended', async () => {
    const { backend, clock } = backendOf()
    const seen = until(backend, wait({ timeoutMs: 250, look: () => new Promise(() => {}) }))
    await turns()
    clock.advanceTo(250)
    clock.advanceTo(1_250)
    await expect(seen).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(
        /^r could not be looked at within 250 ms: its backend has not answered\./,
      ),
    })
  })

  it('takes one last look when its time is over', async () => {
    const { backend, clock } = backendOf()
    let ready = false
    const seen = until(backend, wait({ timeoutMs: 250, look: async () => (ready ? { value: 1 } : null) }))
    await turns()
    ready = true // and nobody tells
    clock.advanceTo(250)
    expect(await seen).toBe(1)
  })

  it('takes one last look after the one during which its time came', async () => {
    const { backend, clock } = backendOf()
    let looks = 0
    const seen = until(
      backend,
      wait({
        timeoutMs: 250,
        async look() {
          if (++looks === 2) clock.advanceTo(250)
          return looks === 3 ? { value: 'in time' } : null
        },
      }),
    )
    expect(await seen).toBe('in time')
  })

  it('with no time at all still looks twice', async () => {
    const { backend, clock } = backendOf()
    const seen = until(backend, wait({ timeoutMs: 0 }))
    await turns()
    clock.advanceTo(0)
    await expect(seen).rejects.toMatchObject({ code: 'timeout' })
  })

  it('leaves nothing behind: it stops listening, and its timer is called off', async () => {
    const { backend, clock, watchers, tell } = backendOf()
    let ready = false
    const seen = until(backend, wait({ timeoutMs: 250, look: async () => (ready ? { value: 1 } : null) }))
    await turns()
    ready = true
    tell(null)
    await seen
    expect([watchers, clock.next()]).toEqual([{ came: 1, left: 1 }, null])
  })

  it('whose look fails fails, and leaves nothing behind', async () => {
    const { backend, clock, watchers } = backendOf()
    let looks = 0
    const seen = until(
      backend,
      wait({
        timeoutMs: 250,
        async look() {
          if (++looks === 2) throw new Error('connection lost')
          return null
        },
      }),
    )
    await expect(seen).rejects.toThrow('connection lost')
    expect([watchers, clock.next()]).toEqual([{ came: 1, left: 1 }, null])
  })

  it('whose listener throws does no harm to who tells it', async () => {
    const { backend, tell } = backendOf()
    const onMessage = (): never => {
      throw new Error('a bug of the caller')
    }
    const seen = until(backend, wait({ onMessage, concerns: () => false }))
    seen.catch(() => {})
    await turns()
    expect(() => tell({ id: 'r', state: 'SUCCESS', meta: null })).not.toThrow()
    await expect(seen).rejects.toThrow('a bug of the caller')
  })

  it('on a backend that is closed is told so, and leaves nothing behind', async () => {
    const { backend, clock, watchers } = backendOf()
    const seen = until(backend, wait({ timeoutMs: 250 }))
    seen.catch(() => {})
    await turns()
    await backend.close()
    await expect(seen).rejects.toMatchObject({ code: 'app-closed' })
    expect([watchers, clock.next()]).toEqual([{ came: 1, left: 1 }, null])
  })

  it('that is called off ends with the reason, and leaves nothing behind', async () => {
    const { backend, clock, watchers } = backendOf()
    const caller = new AbortController()
    const seen = until(backend, wait({ timeoutMs: 250, signal: caller.signal }))
    seen.catch(() => {})
    await turns()
    caller.abort(new Error('nobody wants it any more'))
    await expect(seen).rejects.toThrow('nobody wants it any more')
    expect([watchers, clock.next()]).toEqual([{ came: 1, left: 1 }, null])
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
    await expect(until(backend, wait({ signal: caller.signal }))).rejects.toThrow('nobody wants it')
    expect(watchers.came).toBe(1)
  })

  it('that is called off before it could listen does not listen then', async () => {
    const { backend, watchers } = backendOf()
    const caller = new AbortController()
    const { watch } = backend.results
    let answer: () => void = () => {}
    const slow: Backend['results'] = {
      ...backend.results,
      async watch(run, listener, ids) {
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        return watch(run, listener, ids)
      },
    }
    const seen = until({ ...backend, results: slow }, wait({ signal: caller.signal }))
    seen.catch(() => {})
    await turns()
    caller.abort()
    await expect(seen).rejects.toThrow()
    answer()
    await turns()
    expect(watchers).toEqual({ came: 1, left: 1 })
  })
})

describe('who looks on and on', () => {
  it('sees one thing after another, with one subscription, which ends when he has seen enough', async () => {
    const { backend, tell, watchers } = backendOf()
    let value = 0
    const seen: number[] = []
    const looking = (async () => {
      for await (const now of sightings(backend, wait({ look: async () => ({ value }) }))) {
        seen.push(now)
        if (now === 2) return
      }
    })()
    await turns()
    for (value = 1; value <= 2; value++) {
      tell({ id: 'r', state: 'SUCCESS', meta: null })
      await turns()
    }
    await looking
    expect([seen, watchers]).toEqual([[0, 0, 1, 2], { came: 1, left: 1 }])
  })

  it('is told when it was called off, also while he was busy with what he saw', async () => {
    const { backend, watchers } = backendOf()
    const caller = new AbortController()
    const all = sightings(backend, wait({ signal: caller.signal, look: async () => ({ value: 1 }) }))
    await all.next()
    await all.next()
    caller.abort(new Error('enough'))
    await expect(all.next()).rejects.toThrow('enough')
    expect(watchers).toEqual({ came: 1, left: 1 })
  })

  it('is told when his time is over, after one last look, however slow he is', async () => {
    const { backend, clock } = backendOf()
    let value = 0
    const seen: number[] = []
    const looking = (async () => {
      const all = sightings(backend, wait({ timeoutMs: 250, look: async () => ({ value }) }))
      for await (const now of all) {
        seen.push(now)
        if (seen.length === 2) clock.advanceTo(250 + value++)
      }
    })()
    await expect(looking).rejects.toMatchObject({ code: 'timeout' })
    expect(seen).toEqual([0, 0, 1])
  })
})

function wait<V>(more: Partial<Wait<V>>): Wait<V> {
  const nothing = { hears: null, timeoutMs: null, allowInTask: false, signal: null, onMessage: null }
  return { id: 'r', first: 'look', ...nothing, concerns: () => true, look: async () => null, ...more }
}

/** A memory backend of which somebody else tells the news. */
function backendOf({ onWatch = () => {} } = {}) {
  const clock = virtualClock()
  const memory = memoryBackend({ clock })
  const listeners = new Set<Listener>()
  const watchers = { came: 0, left: 0 }
  const backend: Backend = {
    ...memory,
    results: {
      ...memory.results,
      async watch(_run, listener) {
        onWatch()
        watchers.came++
        listeners.add(listener)
        return () => {
          watchers.left++
          listeners.delete(listener)
        }
      },
    },
  }
  const tell = (change: Change | null): void => {
    for (const listener of listeners) listener(change)
  }
  return { backend, clock, watchers, tell }
}

/** Lets everything run that can. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
