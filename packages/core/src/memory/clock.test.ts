import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock, virtualClock } from './clock.ts'

describe('a virtual clock', () => {
  it('stands still until it is told to go on', () => {
    const clock = virtualClock(100)
    expect([clock.now(), clock.next()]).toEqual([100, null])
    clock.advanceTo(250)
    expect(clock.now()).toBe(250)
  })

  it('calls back in the order of the moments, equal ones in the order they came, each at its own time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (moments) => {
        const clock = virtualClock()
        const heard: { moment: number; nth: number; now: number }[] = []
        moments.forEach((moment, nth) => {
          clock.at(moment, () => heard.push({ moment, nth, now: clock.now() }))
        })
        expect(clock.next()).toBe(moments.length === 0 ? null : Math.min(...moments))
        clock.advanceTo(50)
        const sorted = moments.map((moment, nth) => ({ moment, nth, now: moment }))
        expect(heard).toEqual(sorted.sort((a, b) => a.moment - b.moment || a.nth - b.nth))
        expect(clock.next()).toBeNull()
      }),
    )
  })

  it('leaves what is later for later', () => {
    const clock = virtualClock()
    const heard: number[] = []
    for (const moment of [30, 10, 20]) clock.at(moment, () => heard.push(moment))
    clock.advanceTo(20)
    expect([heard, clock.next()]).toEqual([[10, 20], 30])
  })

  it('calls back what is asked for on the way, if that is due on the way', () => {
    const clock = virtualClock()
    const heard: string[] = []
    clock.at(10, () => {
      heard.push('first')
      clock.at(15, () => heard.push('between'))
      clock.at(25, () => heard.push('too late'))
    })
    clock.at(20, () => heard.push('second'))
    clock.advanceTo(20)
    expect(heard).toEqual(['first', 'between', 'second'])
  })

  it('forgets what was called off', () => {
    const clock = virtualClock()
    const heard: string[] = []
    const callOff = clock.at(10, () => heard.push('called off'))
    clock.at(5, callOff)
    clock.advanceTo(20)
    callOff()
    expect([heard, clock.next()]).toEqual([[], null])
  })

  it('never goes back', () => {
    const clock = virtualClock(100)
    const heard: number[] = []
    clock.at(50, () => heard.push(clock.now()))
    clock.advanceTo(80)
    expect([clock.now(), heard]).toEqual([100, [100]])
  })
})

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells the time of the host', () => {
    vi.useRealTimers()
    const [before, now, after] = [Date.now(), systemClock.now(), Date.now()]
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(after)
  })

  it('tells the same time that its waits go by, also where tests fake it', () => {
    expect(systemClock.now()).toBe(Date.now())
  })

  it('calls back at the moment, and at once when that has passed', () => {
    const heard: string[] = []
    systemClock.at(1_500, () => heard.push('later'))
    systemClock.at(500, () => heard.push('at once'))
    vi.advanceTimersByTime(0)
    expect(heard).toEqual(['at once'])
    vi.advanceTimersByTime(499)
    expect(heard).toEqual(['at once'])
    vi.advanceTimersByTime(1)
    expect(heard).toEqual(['at once', 'later'])
  })

  it('waits for a hundred days in parts, because a timer of the host holds no more than 24.8', () => {
    const days = 100 * 86_400_000
    const heard: number[] = []
    const setTimer = vi.spyOn(globalThis, 'setTimeout')
    systemClock.at(1_000 + days, () => heard.push(Date.now()))
    vi.advanceTimersByTime(days - 1)
    expect(heard).toEqual([])
    vi.advanceTimersByTime(1)
    expect(heard).toEqual([1_000 + days])
    expect(setTimer).toHaveBeenCalledTimes(Math.ceil(days / (2 ** 31 - 1)))
    for (const [, ms] of setTimer.mock.calls) expect(ms).toBeLessThanOrEqual(2 ** 31 - 1)
  })

  it('can be called off, also in the second part of a long wait', () => {
    const heard: string[] = []
    const soon = systemClock.at(1_500, () => heard.push('soon'))
    const far = systemClock.at(1_000 + 2 ** 32, () => heard.push('far'))
    soon()
    vi.advanceTimersByTime(2 ** 31 + 10)
    far()
    vi.advanceTimersByTime(2 ** 32)
    expect(heard).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
