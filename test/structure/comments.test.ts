import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/*
 * What a package exports, its users see in their editors: so each name on its public list says what it is, in a doc
 * comment above its declaration.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Export {
  readonly name: string
  readonly file: string
}

/** The public list of a package. What it hands on from another package is that package's to explain. */
function exportsOf(index: string): Export[] {
  const lists = read(index).matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)
  return Array.from(lists).flatMap(([, names = '', from = '']) =>
    from.startsWith('.')
      ? names
          .split(',')
          .map((name) => name.trim().replace(/^type /, ''))
          .filter((name) => name !== '')
          .map((name) => ({ name, file: relative(ROOT, join(ROOT, dirname(index), from)) }))
      : [],
  )
}

/** Whether the first declaration of a name has a doc comment right above it. */
function isExplained({ name, file }: Export): boolean {
  const lines = read(file).split('\n')
  const declaration = new RegExp(
    `^export (?:abstract )?(?:async )?(?:class|interface|type|function\\*?|const|let) ${name}\\b`,
  )
  const at = lines.findIndex((line) => declaration.test(line))
  expect(at, `${file} declares ${name}`).toBeGreaterThanOrEqual(0)
  if (lines[at - 1]?.endsWith('*/') !== true) return false
  const opening = lines.slice(0, at).findLast((line) => /^\/\*/.test(line))
  return opening?.startsWith('/**') === true
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

describe.each(['core', 'canvas', 'testing'])('everything that %s exports', (name) => {
  const index = `packages/${name}/src/index.ts`

  it('is listed name by name', () => {
    expect(exportsOf(index).length).toBeGreaterThan(5)
    expect(read(index)).not.toMatch(/export \*/)
  })

  it('is explained by a doc comment', () => {
    const unexplained = exportsOf(index).filter((one) => !isExplained(one))
    expect(unexplained.map((one) => `${one.file}: ${one.name}`)).toEqual([])
  })
})
