import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../memory/clock.ts'
import { createLife } from './life.ts'
import { runUntilSignal } from './until-signal.ts'

/** A life whose turns are in the hands of the test. */
function living({ begin = async () => {} }: { begin?: () => Promise<void> } = {}) {
  const told: string[] = []
  let letGo: () => void = () => {}
  const life = createLife(virtualClock(), {
    async begin() {
      told.push('begins')
      await begin()
    },
    windDown: () =>
      new Promise((resolve) => {
        told.push('winds down')
        letGo = () => resolve({ finished: 1, givenBack: 0 })
      }),
    onStop: ({ finished }) => void told.push(`has stopped, ${finished} finished`),
  })
  return { life, told, letGo: () => letGo() }
}

describe('a life', () => {
  it('that is stopped before it began tells nobody', async () => {
    const { life, told } = living()
    const [stopped] = await Promise.all([life.stop(), life.start()])
    expect(stopped).toEqual({ finished: 0, givenBack: 0 })
    expect(told).toEqual(['begins'])
  })

  it('that cannot begin is over, and can begin again', async () => {
    let fails = true
    const { life, told } = living({
      begin: async () => {
        if (fails) throw new Error('not now')
      },
    })
    await expect(life.start()).rejects.toThrow('not now')
    fails = false
    await life.start()
    expect(told).toEqual(['begins', 'has stopped, 0 finished', 'begins'])
    expect(life.ending.aborted).toBe(false)
  })

  it('that stops, was to begin again, and is stopped once more tells so whoever waits for its end', async () => {
    const { life, letGo } = living()
    await life.start()
    const first = life.stop()
    const running = runUntilSignal(life, life.stopped(), {})
    const second = life.stop()
    letGo()
    const stopped = { finished: 1, givenBack: 0 }
    expect(await Promise.all([first, second, running])).toEqual([stopped, stopped, stopped])
  })
})
