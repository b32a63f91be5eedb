import { writeSync } from 'node:fs'
import { format, inspect } from 'node:util'

/*
 * What the code of a page has for a console. Everything it shows, printed or evaluated, is kept in order, and handed
 * over as JSON when the process ends.
 */

/** How a page writes a value: as JavaScript does, as the text it is, or as JSON. */
export type Form = 'literal' | 'text' | 'json'

/** One thing a page has shown; the line is known for what was evaluated. */
export interface Shown {
  readonly line: number | null
  readonly text: string
}

const shown: Shown[] = []

console.log = (...values: readonly unknown[]) => {
  const texts = values.map((value) => (typeof value === 'object' ? literal(value) : value))
  shown.push({ line: null, text: format(...texts) })
}

process.on('exit', () => {
  writeSync(1, JSON.stringify(shown))
})

/** `value // => what it is` */
export function $shows<T>(line: number, form: Form, value: T): T {
  shown.push({ line, text: written(value, form) })
  return value
}

/** `code() // throws what it throws` */
export async function $throws(line: number, deed: () => unknown): Promise<void> {
  try {
    const value = await deed()
    shown.push({ line, text: `nothing, it gave ${literal(value)}` })
  } catch (thrown) {
    shown.push({
      line,
      text: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : literal(thrown),
    })
  }
}

/** `code() // does not compile`: only the compiler reads it. */
export function $refused(_code: () => unknown): void {}

function written(value: unknown, form: Form): string {
  switch (form) {
    case 'literal':
      return literal(value)
    case 'text':
      return String(value)
    case 'json':
      return JSON.stringify(value, null, 2)
  }
}

/** A value on one line, as it would be written in a program. */
function literal(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 8, maxArrayLength: 20 })
}
