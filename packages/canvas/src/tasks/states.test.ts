import { describe, expect, it, vi } from 'vitest'
import { App } from '../app.ts'
import { States } from './states.ts'

describe('what a base keeps', () => {
  it('is made once, when it is first asked for, and again after it was disposed', async () => {
    let made = 0
    const base = { state: () => ++made }
    const states = new States(fail)
    expect([states.of(base), states.of(base)]).toEqual([1, 1])
    await states.dispose()
    expect(states.of(base)).toBe(2)
  })

  it('is disposed as its base says, once it is there', async () => {
    const dispose = vi.fn()
    const states = new States(fail)
    states.of({ state: async () => 'connection', dispose })
    await states.dispose()
    await states.dispose()
    expect(dispose.mock.calls).toEqual([['connection']])
  })

  it('is disposed as it says itself, where its base says nothing', async () => {
    const ended: string[] = []
    const states = new States(fail)
    states.of({ state: () => ({ [Symbol.dispose]: () => ended.push('sync') }) })
    states.of({ state: async () => ({ [Symbol.asyncDispose]: async () => ended.push('async') }) })
    states.of({ state: () => 'a text' })
    await states.dispose()
    expect(ended).toEqual(['sync', 'async'])
  })

  it('is not disposed if nobody asked for it', async () => {
    const dispose = vi.fn()
    await new States(fail).dispose()
    expect(dispose).not.toHaveBeenCalled()
  })

  it('is made anew when it could not be made', async () => {
    let tries = 0
    const base = {
      state: async () => {
        if (++tries === 1) throw new Error('refused')
        return tries
      },
    }
    const states = new States(fail)
    await expect(states.of(base)).rejects.toThrow('refused')
    expect(await states.of(base)).toBe(2)
  })

  it('that cannot be disposed is reported, and the others are disposed', async () => {
    const report = vi.fn()
    const dispose = vi.fn()
    const states = new States(report)
    states.of({
      state: () => 1,
      dispose: () => {
        throw new Error('stuck')
      },
    })
    states.of({ state: () => 2, dispose })
    await states.dispose()
    expect([report.mock.calls.length, dispose.mock.calls]).toEqual([1, [[2]]])
  })
})

describe('an app', () => {
  it('ends what bases keep with its last worker, and when it closes', async () => {
    const ended: number[] = []
    let made = 0
    const base = { state: () => ++made, dispose: (nth: number) => void ended.push(nth) }
    await using app = new App()
    const ask = app.task({ name: 'ask', bind: true, base }, (self) => self.state)
    const [one, two] = [app.worker(), app.worker()]
    await Promise.all([one.start(), two.start()])
    expect(await ask.run()).toBe(1)
    await one.stop()
    expect(ended).toEqual([])
    await two.stop()
    expect(ended).toEqual([1])
    expect(await ask()).toBe(2)
    await app.close()
    expect(ended).toEqual([1, 2])
  })
})

function fail(problem: string): never {
  throw new Error(problem)
}
