import { describe, expect, it } from 'vitest'
import type { Failed } from '../model/outcome.ts'
import type { Span } from '../model/plan.ts'
import { Halts } from './halts.ts'

const REVOKED = revoked('revoked')
const LATER = revoked('later')

function revoked(message: string): Failed {
  const error = { type: 'TaskRevokedError', message, stack: null, cause: null }
  const node = { id: 'r', task: 't', args: [], kwargs: {}, retries: 0, root: 'r' }
  return { state: 'REVOKED', failure: { ...node, error, state: 'REVOKED' } }
}

function haltsOf(...spans: readonly Span[]): Halts {
  const halts = new Halts()
  for (const span of spans) halts.add(span, REVOKED)
  return halts
}

describe('what was halted', () => {
  it('is every place of a span, and what hangs below it, and no other', () => {
    const halts = haltsOf({ at: '3', span: 2 }, { at: '7.1', span: 1 })
    for (const place of ['3', '4', '4.1', '3.9.9', '7.1', '7.1.0'])
      expect(halts.at(place), place).toBe(REVOKED)
    for (const place of ['2', '5', '30', '7', '7.0', '7.2', '8.1']) expect(halts.at(place), place).toBeNull()
  })

  it('is the id that a span took over, wherever that stands', () => {
    expect(haltsOf({ at: '3', span: 2, takes: '' }).of('')).toBe(REVOKED)
    expect(haltsOf({ at: '5.3', span: 2, takes: '5' }).of('5')).toBe(REVOKED)
  })

  it('is the run itself only if that was taken over', () => {
    expect(haltsOf({ at: '0', span: 9 }).of('')).toBeNull()
  })

  it('stays as it was halted first, also inside of what is halted later', () => {
    const halts = haltsOf({ at: '5.3', span: 1 })
    halts.add({ at: '0', span: 10 }, LATER)
    expect([halts.at('5.3'), halts.at('5.3.1'), halts.at('5.4')]).toEqual([REVOKED, REVOKED, LATER])
  })

  it('stays as it was halted first', () => {
    const halts = haltsOf({ at: '3', span: 2, takes: '' })
    halts.add({ at: '0', span: 9, takes: '' }, LATER)
    expect([halts.at('3'), halts.of(''), halts.at('0')]).toEqual([REVOKED, REVOKED, LATER])
  })

  it('is nothing at first', () => {
    expect([new Halts().at('0'), new Halts().of('')]).toEqual([null, null])
  })
})
