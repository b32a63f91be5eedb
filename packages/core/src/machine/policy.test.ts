import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Chord, Taken } from '../model/chord.ts'
import { LIMITS } from '../model/limits.ts'
import type { ErrorRecord, Verdict } from '../model/outcome.ts'
import type { Policy } from '../model/plan.ts'
import { isGood, isOver, listFailures, valuesOf } from './policy.ts'

const policies = (size: number): fc.Arbitrary<Policy> =>
  fc.oneof(
    fc.constantFrom<Policy>('all', 'failFast', 'settle'),
    fc.integer({ min: 1, max: Math.max(1, size) }).map((quorum) => ({ quorum })),
  )

/** A chord of some size, its policy, and how its members end, in the order they do. */
const chords = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    policy: policies(size),
    ends: fc
      .shuffledSubarray([...Array(size).keys()], { minLength: size })
      .chain((order) => fc.tuple(...order.map((index) => fc.boolean().map((good) => ({ index, good }))))),
  }),
)

describe('when a chord is over', () => {
  it.each<[Policy, number, number, number, boolean]>([
    ['all', 3, 2, 0, false],
    ['all', 3, 0, 2, false],
    ['all', 3, 2, 1, true],
    ['failFast', 3, 2, 0, false],
    ['failFast', 3, 0, 1, true],
    ['failFast', 3, 3, 0, true],
    ['settle', 3, 1, 1, false],
    ['settle', 3, 0, 3, true],
    [{ quorum: 2 }, 4, 1, 2, false],
    [{ quorum: 2 }, 4, 2, 0, true],
    [{ quorum: 2 }, 4, 0, 3, true],
    [{ quorum: 4 }, 4, 3, 0, false],
    [{ quorum: 4 }, 4, 3, 1, true],
  ])('%o of %i, with %i good and %i bad: %s', (policy, size, good, bad, over) => {
    expect(isOver(policy, size, good, bad)).toBe(over)
  })

  it('every policy ends when every member has, and none ends twice: once over, always over', () => {
    fc.assert(
      fc.property(chords, ({ size, policy, ends }) => {
        let [good, bad] = [0, 0]
        let over = false
        for (const end of ends) {
          if (end.good) good++
          else bad++
          const now = isOver(policy, size, good, bad)
          expect(now || !over).toBe(true)
          over = now
        }
        expect(over).toBe(true)
      }),
    )
  })

  it('an early end is an end that no later member could have changed', () => {
    fc.assert(
      fc.property(chords, ({ size, policy, ends }) => {
        const closed = ends.findIndex((_, i) => {
          const so = ends.slice(0, i + 1)
          return isOver(
            policy,
            size,
            so.filter(({ good }) => good).length,
            so.filter(({ good }) => !good).length,
          )
        })
        const early = valuesOf(chord(size, policy), ends.slice(0, closed + 1).map(seat))
        const late = valuesOf(chord(size, policy), ends.map(seat))
        expect(early === null).toBe(late === null)
      }),
    )
  })
})

describe('what the body is given', () => {
  it('all values in the order of the members, whoever ended first', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 }), (order) => {
        const taken = order.map((index) => seat({ index, good: true }))
        expect(valuesOf(chord(20, 'all'), taken)).toEqual([...Array(20).keys()].map((index) => `v${index}`))
      }),
    )
  })

  it('nothing when a member failed or is missing', () => {
    for (const policy of ['all', 'failFast'] as const) {
      expect(valuesOf(chord(2, policy), [ok('0', 1), bad('1')])).toBeNull()
      expect(valuesOf(chord(2, policy), [ok('0', 1)])).toBeNull()
    }
  })

  it('null in the place of an ignored member', () => {
    expect(valuesOf(chord(2, 'all'), [taken('0', { state: 'IGNORED' }), ok('1', 1)])).toEqual([null, 1])
  })

  it('settle: how each of them ended', () => {
    const seats = [
      bad('1', 'boom'),
      ok('0', 1),
      taken('2', { state: 'IGNORED' }),
      bad('3', 'gone', 'REVOKED'),
    ]
    expect(valuesOf(chord(4, 'settle'), seats)).toEqual([
      { ok: true, value: 1 },
      { ok: false, error: record('boom') },
      { ok: true, value: null },
      { ok: false, error: record('gone') },
    ])
  })

  it('a quorum: the first values in their places, null elsewhere', () => {
    expect(valuesOf(chord(4, { quorum: 2 }), [ok('3', 'd'), ok('1', 'b')])).toEqual([null, 'b', null, 'd'])
    expect(valuesOf(chord(4, { quorum: 2 }), [bad('0'), ok('3', 'd'), ok('1', 'b')])).toEqual([
      null,
      'b',
      null,
      'd',
    ])
    expect(valuesOf(chord(3, { quorum: 2 }), [bad('0'), bad('2'), ok('1', 'b')])).toBeNull()
  })

  it('values that were added while it ran come last, in the order of who added them', () => {
    const seats = ['2.0', '1', '0.1.0', '10', '0.1', '0', '2', '0.0', '10.0'].map((index) => ok(index, index))
    const drawn = ['0', '1', '2', '10']
    const added = ['0.0', '0.1', '0.1.0', '2.0', '10.0']
    expect(valuesOf(chord(4, 'all'), seats)).toEqual([...drawn, ...added])
    expect(valuesOf(chord(4, 'settle'), seats)).toEqual(
      [...drawn, ...added].map((value) => ({ ok: true, value })),
    )
  })

  it('added values do not shift the places of a quorum', () => {
    expect(valuesOf(chord(2, { quorum: 2 }), [ok('1.0', 'x'), ok('1', 'b')])).toEqual([null, 'b', 'x'])
  })
})

function failuresOf(seats: readonly Taken[]): ErrorRecord {
  return listFailures(seats.length, seats)
}

describe('the error of a failed chord', () => {
  it('lists every failed member in order, with its place, and what was wrong at the bottom of the first', () => {
    const error = failuresOf([bad('2', 'late'), ok('0', 1), bad('1', 'boom')])
    expect(error).toMatchObject({
      ...{ type: 'ChordError', code: 'chord-failed', cause: record('boom') },
      message: '2 of 3 members failed, the first of them member 1: Error: boom',
      members: [
        { id: 'r.1', index: 1, error: { type: 'Error', message: 'boom', stack: null, cause: null } },
        { id: 'r.2', index: 2, error: { message: 'late' } },
      ],
    })
  })

  it('counts a revoked member as failed, and an ignored one as not', () => {
    const error = failuresOf([taken('0', { state: 'IGNORED' }), bad('1', 'gone', 'REVOKED')])
    expect(error.members).toMatchObject([{ index: 1 }])
  })

  it('keeps the code of a member’s error, and drops its stack', () => {
    const coded: ErrorRecord = { ...record('slow'), stack: 'at …', code: 'timeout', data: { big: 1 } }
    const error = failuresOf([taken('0', failure('r.0', coded))])
    expect(error.members?.[0]?.error).toEqual({
      type: 'Error',
      message: 'slow',
      stack: null,
      cause: null,
      code: 'timeout',
    })
  })

  it('of chords inside chords is about the bottom, not about chords', () => {
    const inner = failuresOf([bad('0', 'boom')])
    const outer = failuresOf([taken('0', failure('r.9', inner))])
    expect(outer).toMatchObject({ cause: record('boom'), message: expect.stringMatching(/Error: boom$/) })
  })

  it(`lists ${LIMITS.listedFailures} members at most, and counts the rest`, () => {
    const many = LIMITS.listedFailures + 1
    const error = failuresOf(Array.from({ length: many }, (_, i) => bad(String(i))))
    expect(error.members).toHaveLength(LIMITS.listedFailures)
    expect(error.message).toContain(`${many} (the first ${LIMITS.listedFailures} are listed) of ${many}`)
  })

  it('gives an added member its place in the whole list', () => {
    expect(failuresOf([ok('0', 1), ok('1', 1), bad('0.0')]).members).toMatchObject([{ index: 2 }])
  })
})

it('success and ignore fill a seat with a value, failure and revocation do not', () => {
  const verdicts: Verdict[] = [
    { state: 'SUCCESS', value: 1 },
    { state: 'IGNORED' },
    failure('r', record('x')),
  ]
  expect(verdicts.map(isGood)).toEqual([true, true, false])
})

function chord(size: number, policy: Policy): Chord {
  const course = { run: 'r', root: 'r', parent: null, group: null, seat: null, aside: false }
  return {
    ...course,
    id: 'r.0',
    at: '0',
    size,
    policy,
    keep: false,
    link: [],
    errback: [],
    rest: [],
  }
}

function record(message: string): ErrorRecord {
  return { type: 'Error', message, stack: null, cause: null }
}

function failure(id: string, error: ErrorRecord, state: 'FAILURE' | 'REVOKED' = 'FAILURE'): Verdict {
  return { state, failure: { id, task: 't', error, state, args: [], kwargs: {}, retries: 0, root: 'r' } }
}

function taken(index: string, verdict: Verdict): Taken {
  return { index, verdict }
}

function ok(index: string, value: string | number): Taken {
  return taken(index, { state: 'SUCCESS', value })
}

function bad(index: string, message = 'boom', state: 'FAILURE' | 'REVOKED' = 'FAILURE'): Taken {
  return taken(index, failure(`r.${index}`, record(message), state))
}

function seat({ index, good }: { readonly index: number; readonly good: boolean }): Taken {
  return good ? ok(String(index), `v${index}`) : bad(String(index))
}
