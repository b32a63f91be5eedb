import { describe, expect, it } from 'vitest'
import { FAULT_NAMES } from './faults.ts'
import { drawSchedule } from './schedule.ts'

/** The steps at which a fault comes in a hundred worlds, of a workflow that takes so many. */
function stepsOf(fault: string, steps: number): readonly number[] {
  const schedules = Array.from({ length: 100 }, (_, nth) => drawSchedule(7 + nth, steps, FAULT_NAMES))
  return schedules
    .flatMap(({ faults }) => faults.filter((one) => one.fault === fault))
    .map(({ step }) => step)
}

describe('what goes wrong', () => {
  it('is the same for the same seed, and otherwise for another', () => {
    for (const seed of [1, 2]) {
      expect(drawSchedule(seed, 90, FAULT_NAMES)).toEqual(drawSchedule(seed, 90, FAULT_NAMES))
      expect(drawSchedule(seed + 2, 90, FAULT_NAMES)).not.toEqual(drawSchedule(seed, 90, FAULT_NAMES))
    }
  })

  it.each(['die', 'repeat', 'freeze', 'outage'])('leaves no part of a workflow out (%s)', (fault) => {
    const steps = stepsOf(fault, 200)
    for (let from = 0; from < 200; from += 40) {
      const met = steps.filter((step) => step >= from && step < from + 40)
      expect(met.length, `from step ${from}`).toBeGreaterThanOrEqual(5)
    }
  })

  it('is among what may go wrong, also if that is little or nothing', () => {
    for (const seed of [1, 2, 3, 4]) {
      expect(drawSchedule(seed, 90, []).faults).toEqual([])
      for (const { fault } of drawSchedule(seed, 90, ['deaf']).faults) expect(fault).toBe('deaf')
    }
  })
})
