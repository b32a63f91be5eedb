import { describe, expect, it } from 'vitest'
import { checkOptions, KINDS, unknownOption } from './check-options.ts'

const KNOWN = { queue: KINDS.text, queues: KINDS.queues, errors: KINDS.errorClasses, limit: KINDS.count }

describe('an option that cannot be', () => {
  it.each<[unknown, string]>([
    [{ queue: [] }, 'The option queue of a cannot be an empty list. Give a text that is not empty.'],
    [{ queue: '' }, 'The option queue of a cannot be "". Give a text that is not empty.'],
    [{ queue: {} }, 'The option queue of a cannot be an object. Give a text that is not empty.'],
    [{ queue: Symbol('q') }, 'The option queue of a cannot be Symbol(q). Give a text that is not empty.'],
    [
      { queues: [] },
      'The option queues of a cannot be an empty list. Give a list of texts, at least one, without control characters.',
    ],
    [
      { queues: Object.create(null) },
      'The option queues of a cannot be an object. Give a list of texts, at least one, without control characters.',
    ],
    [
      { errors: [Error, Map] },
      'The option errors of a cannot be a list of 2. Give a list of error classes, such as [TypeError].',
    ],
    [{ limit: 5n }, 'The option limit of a cannot be 5n. Give a whole number from 1.'],
    [[], 'The options of a are an empty list. Give an object.'],
    [new Map([['queue', 'q']]), 'The options of a are an instance of Map. Give an object.'],
    [Object.create({ queue: 'q' }), 'The options of a are an object. Give an object.'],
    [Symbol('s'), 'The options of a are Symbol(s). Give an object.'],
    [{ queu: 'x' }, 'a has no option "queu". Did you mean queue?'],
  ])('is named, with what may be instead: %o', (options, message) => {
    expect(() => checkOptions(options, KNOWN, 'a')).toThrow(
      expect.objectContaining({ code: 'option-invalid', message }),
    )
  })

  it('has a short message and is found at once, however long its name or value', () => {
    const long = 'q'.repeat(1_000_000)
    expect(unknownOption(long, Object.keys(KNOWN), 'a').message.length).toBeLessThan(200)
    expect(() => checkOptions({ limit: long }, KNOWN, 'a')).toThrow(/^.{1,200}$/)
  })
})

it('options may be missing, or undefined', () => {
  expect(() => checkOptions({ queue: undefined, limit: 2 }, KNOWN, 'a')).not.toThrow()
})
