import { describe, expect, it } from 'vitest'
import type { Change } from '../ports/backend.ts'
import { Audience } from './audience.ts'

describe('an audience', () => {
  it('is told what concerns it, and no more', () => {
    const audience = new Audience()
    const heard: string[] = []
    const hear =
      (who: string) =>
      (change: Change | null): void =>
        void heard.push(`${who} ${change?.id ?? 'anything'}`)
    audience.add(hear('all'), null)
    audience.add(hear('a'), ['a'])
    audience.add(hear('a and b'), ['a', 'b'])
    audience.add(hear('none'), [])
    audience.tell(ended('a'))
    audience.tell(ended('c'))
    audience.tell(null)
    expect(heard).toEqual([
      ...['all a', 'a a', 'a and b a', 'all c'],
      ...['all anything', 'a anything', 'a and b anything', 'none anything'],
    ])
  })

  it('hears nothing any more when it was called off, not even of what is being told', () => {
    const audience = new Audience()
    const heard: string[] = []
    const leave = [['a'], ['a', 'b'], null].map((ids, nth) =>
      audience.add(() => {
        heard.push(`${nth}`)
        for (const stop of leave) stop()
      }, ids),
    )
    audience.tell(ended('a'))
    audience.tell(ended('b'))
    audience.tell(null)
    expect([heard, audience.isEmpty]).toEqual([['2'], true])
  })
})

function ended(id: string): Change {
  return { id, state: 'SUCCESS', meta: null }
}
