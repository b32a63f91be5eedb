import { describe, expect, it } from 'vitest'
import { inOrder, patternOf } from './pattern.ts'

describe('a pattern of task names', () => {
  it.each<[string | RegExp, readonly string[], readonly string[]]>([
    ['fetch', ['fetch'], ['fetchPage', 'prefetch', 'Fetch', '']],
    ['pages.*', ['pages.fetch', 'pages.', 'pages.a.b'], ['pages', 'xpages.fetch', 'pagesXfetch']],
    ['*.fetch', ['pages.fetch', '.fetch'], ['pages.fetcher', 'fetch']],
    ['a?c', ['abc', 'a.c', 'a😀c'], ['ac', 'abbc']],
    ['*', ['anything', ''], []],
    ['a(b)[c]+{1}^$|\\*', ['a(b)[c]+{1}^$|\\tail'], ['ab', 'a(b)[c]+{1}^$|']],
    [/^pages\.(fetch|parse)$/, ['pages.fetch'], ['pages.store']],
    [/fetch/g, ['a.fetch', 'a.fetch.b'], ['parse']],
  ])('%o fits whole names only, unless it is a RegExp', (pattern, fitting, others) => {
    const fits = patternOf(pattern)
    expect(fitting.filter((name) => !fits(name))).toEqual([])
    expect(others.filter(fits)).toEqual([])
    expect(fitting.every(fits), 'and a second time').toBe(true)
  })

  it('counts whole names first, globs as they are written, and the one that fits all at last', () => {
    const table = { '*': 0, 'pages.*': 1, '*.fetch': 2, 'pages.fetch': 3 }
    expect(inOrder(table).map(([pattern]) => pattern)).toEqual(['pages.fetch', 'pages.*', '*.fetch', '*'])
  })
})
