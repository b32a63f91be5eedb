import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/* The page of guarantees names the tests that show each of them: they are there. */

const PAGE = readFileSync(new URL('../../docs/guarantees.md', import.meta.url), 'utf8')
const GUARANTEES = PAGE.split(/^## /m).slice(1)
const TESTS = [...PAGE.matchAll(/\]\((\.\.\/[^)]+\.ts)\): "([^"]+)"/g)].map(([, file, name]) => ({
  file: file as string,
  name: name as string,
}))

describe('every guarantee', () => {
  it.each(GUARANTEES.map((text) => [text.split('\n')[0] as string, text]))('%s', (_title, text) => {
    expect(text).toMatch(/^- \*\*How:\*\* /m)
    expect(text).toMatch(/^- \*\*Shown by:\*\*\n {2}- \[/m)
  })

  it('names tests that exist', () => {
    expect(TESTS.length).toBeGreaterThan(GUARANTEES.length)
    const missing = TESTS.filter(({ file, name }) => !textOf(file).includes(name))
    expect(missing).toEqual([])
  })
})

/** A test file, in which names may go on after a quote or a placeholder. */
function textOf(file: string): string {
  return readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
}
