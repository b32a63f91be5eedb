import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Schedule } from './schedule.ts'

const dues = fc.array(fc.nat(20), { maxLength: 100 })

describe('a schedule', () => {
  it('gives what is due in the order of the moments; equal moments in the order they came', () => {
    fc.assert(
      fc.property(dues, (dues) => {
        const schedule = filled(dues)
        const sorted = dues.map((due, nth) => ({ due, nth })).sort((a, b) => a.due - b.due || a.nth - b.nth)
        expect(drain(schedule, Number.POSITIVE_INFINITY)).toEqual(sorted)
      }),
    )
  })

  it('keeps what is not due yet, and tells when it will be', () => {
    fc.assert(
      fc.property(dues, fc.nat(20), (dues, now) => {
        const schedule = filled(dues)
        expect(schedule.next).toBe(dues.length === 0 ? null : Math.min(...dues))
        expect(drain(schedule, now).map(({ due }) => due)).toEqual(
          dues.filter((due) => due <= now).sort((a, b) => a - b),
        )
        const later = dues.filter((due) => due > now)
        expect(schedule.next).toBe(later.length === 0 ? null : Math.min(...later))
      }),
    )
  })

  it('stays in order when things come while others go', () => {
    const deeds = fc.array(fc.oneof(fc.record({ add: fc.nat(20) }), fc.record({ until: fc.nat(20) })))
    fc.assert(
      fc.property(deeds, (deeds) => {
        const schedule = new Schedule<Item>()
        let model: Item[] = []
        deeds.forEach((deed, nth) => {
          if ('add' in deed) {
            schedule.add(deed.add, { due: deed.add, nth })
            model.push({ due: deed.add, nth })
          } else {
            const due = model.filter((item) => item.due <= deed.until)
            expect(drain(schedule, deed.until)).toEqual(due.sort((a, b) => a.due - b.due || a.nth - b.nth))
            model = model.filter((item) => item.due > deed.until)
          }
        })
      }),
    )
  })

  it('gives its first whether that is due or not', () => {
    fc.assert(
      fc.property(dues, (dues) => {
        const schedule = filled(dues)
        const sorted = dues.map((due, nth) => ({ due, nth })).sort((a, b) => a.due - b.due || a.nth - b.nth)
        expect(sorted.map(() => [schedule.first, schedule.takeFirst()])).toEqual(
          sorted.map((item) => [item, item]),
        )
      }),
    )
  })

  it('has nothing when nothing waits', () => {
    const schedule = new Schedule<Item>()
    expect([schedule.next, schedule.first, schedule.takeDue(9), schedule.takeFirst()]).toEqual([
      null,
      undefined,
      undefined,
      undefined,
    ])
  })
})

interface Item {
  readonly due: number
  readonly nth: number
}

function filled(dues: readonly number[]): Schedule<Item> {
  const schedule = new Schedule<Item>()
  dues.forEach((due, nth) => {
    schedule.add(due, { due, nth })
  })
  return schedule
}

function drain(schedule: Schedule<Item>, now: number): Item[] {
  const items: Item[] = []
  for (let item = schedule.takeDue(now); item !== undefined; item = schedule.takeDue(now)) items.push(item)
  return items
}
