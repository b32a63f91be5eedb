import { describe, expect, it } from 'vitest'
import type { ErrorClass } from '../runtime/tasks/error-record.ts'
import { packThrown, unpackThrown } from './thrown.ts'

class Known extends Error {
  override readonly name: string = 'Known'
}
class Nearer extends Known {
  override readonly name: string = 'Nearer'
  readonly seconds = 3
}
class Unknown extends Nearer {
  override readonly name = 'Unknown'
}
class Renamed extends Known {
  override readonly name = 'SomethingElse'
}

/** To the other end and back. */
function sent(thrown: unknown, ...classes: ErrorClass[]): Error {
  return unpackThrown(
    structuredClone(packThrown(thrown)),
    new Map(classes.map((known) => [known.name, known])),
  )
}

describe('what was thrown in a thread', () => {
  it('is of its own class, if that is known', () => {
    expect(sent(new Nearer('late'), Known, Nearer)).toBeInstanceOf(Nearer)
  })

  it('is of the nearest class that is known, under its own name', () => {
    const error = sent(new Unknown('late'), Known, Nearer)
    expect(error).toBeInstanceOf(Nearer)
    expect(error).toMatchObject({ name: 'Unknown', message: 'late', seconds: 3 })
  })

  it('is of its class, whatever it calls itself', () => {
    const error = sent(new Renamed('late'), Known, Renamed)
    expect(error).toBeInstanceOf(Renamed)
    expect(error.name).toBe('SomethingElse')
  })

  it('is an error in any case', () => {
    expect(sent(new Unknown('late'))).toMatchObject({ name: 'Unknown', message: 'late' })
    expect(sent('a text')).toMatchObject({ message: 'a task threw "a text", not an Error' })
    const proxy = new Proxy(new Error('odd'), {
      getPrototypeOf: () => {
        throw new Error('not telling')
      },
    })
    expect(sent(proxy)).toBeInstanceOf(Error)
  })
})
