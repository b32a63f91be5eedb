import { describe, expect, it } from 'vitest'
import { nearest } from './nearest.ts'

describe('the name that was probably meant', () => {
  it.each([
    ['queu', 'queue'],
    ['QUEUE', 'queue'],
    ['prioirty', 'priority'],
    ['q', null],
    ['countdown', null],
    ['', null],
  ])('for %o is %o', (name, meant) => {
    expect(nearest(name, ['queue', 'priority', 'expires'])).toBe(meant)
  })

  it('is not sought among names of quite another length', () => {
    const long = 'q'.repeat(10_000_000)
    expect(nearest(long, ['queue', 'priority', 'expires'])).toBeNull()
  })
})
