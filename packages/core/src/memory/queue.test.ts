import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallMessage } from '../model/message.ts'
import { type Entry, Line } from './queue.ts'

describe('a line', () => {
  it('serves the first that came, first', () => {
    const line = new Line()
    for (const entry of [entryOf(5), entryOf(5), entryOf(5)].map(named)) line.push(entry)
    expect(namesOf(drain(line))).toEqual(['0', '1', '2'])
  })

  it('serves the lowest priority number before all others', () => {
    const line = new Line()
    for (const priority of [5, 9, 0, 5, 1]) line.push(entryOf(priority))
    expect(drain(line).map(({ priority }) => priority)).toEqual([0, 1, 5, 5, 9])
  })

  it('serves what was given back before what waits, inside its priority', () => {
    const line = new Line()
    for (const entry of [entryOf(5), entryOf(5), entryOf(1)].map(named)) line.push(entry)
    line.unshift(named(entryOf(5), 7))
    expect(namesOf(drain(line))).toEqual(['2', '7', '0', '1'])
  })

  it('has nothing when it is empty, and goes on afterwards', () => {
    const line = new Line()
    expect([line.shift(), line.waiting]).toEqual([undefined, 0])
    line.push(entryOf(5))
    expect([line.shift()?.priority, line.shift(), line.waiting]).toEqual([5, undefined, 0])
  })

  it('does whatever a plain sorted list would do', () => {
    const deed = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), priority: fc.nat(9) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('shift' as const), priority: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('unshift' as const), priority: fc.nat(9) }) },
    )
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 200 }), (deeds) => {
        const line = new Line()
        let model: Entry[] = []
        for (const { do: what, priority } of deeds) {
          const entry = entryOf(priority)
          if (what === 'push') line.push(entry)
          if (what === 'unshift') line.unshift(entry)
          if (what === 'push') model.push(entry)
          if (what === 'unshift') model.unshift(entry)
          if (what === 'shift') {
            const [next] = [...model].sort((a, b) => a.priority - b.priority)
            expect(line.shift()).toBe(next)
            model = model.filter((other) => other !== next)
          }
          expect(line.waiting).toBe(model.length)
        }
        expect(drain(line)).toEqual([...model].sort((a, b) => a.priority - b.priority))
      }),
    )
  })

  it('stays in order over a hundred thousand that come and go', () => {
    const line = new Line()
    let [pushed, shifted] = [0, 0]
    const push = (): void => line.push(named(entryOf(5), pushed++))
    for (let i = 0; i < 5_000; i++) push()
    for (let i = 0; i < 100_000; i++) {
      push()
      if (line.shift()?.queue !== String(shifted++)) throw new Error(`${shifted - 1} is out of order`)
    }
    expect([line.waiting, namesOf(drain(line)).at(-1)]).toEqual([5_000, String(pushed - 1)])
  })
})

function entryOf(priority: number): Entry {
  return { message: {} as CallMessage, queue: '', priority, count: 0, lease: null }
}

function named(entry: Entry, name: number): Entry {
  return { ...entry, queue: String(name) }
}

function namesOf(entries: readonly Entry[]): string[] {
  return entries.map(({ queue }) => queue)
}

function drain(line: Line): Entry[] {
  const entries: Entry[] = []
  for (let entry = line.shift(); entry !== undefined; entry = line.shift()) entries.push(entry)
  return entries
}
