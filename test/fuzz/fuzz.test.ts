import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { corpusOf } from './corpus.ts'
import { arbitraryInput } from './inputs.ts'
import { TARGETS } from './targets.ts'

/* A short run of what `npm run fuzz` does for as long as one likes. */

/** Texts for each target: less than a second. */
const TEXTS = 500

afterEach(() => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

describe.each(Object.entries(TARGETS))('%s', (name, { samples, read }) => {
  it('reads what nothing is wrong with', () => {
    for (const sample of samples) expect(() => read(sample)).not.toThrow()
  })

  it('reads or refuses what was hard to read once', () => {
    const corpus = corpusOf(name)
    expect(corpus.length).toBeGreaterThan(0)
    for (const text of corpus) expect(() => read(text), JSON.stringify(text)).not.toThrow()
  })

  it('reads or refuses whatever is nearly right', () => {
    fc.assert(fc.property(arbitraryInput([...samples, ...corpusOf(name)]), read), { numRuns: TEXTS, seed: 1 })
  }, 60_000)
})

it('every list of the corpus belongs to a target', () => {
  const files = readdirSync(new URL('corpus', import.meta.url))
  expect(files.sort()).toEqual(
    Object.keys(TARGETS)
      .map((name) => `${name}.json`)
      .sort(),
  )
})
