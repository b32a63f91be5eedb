import { cut } from './cut.ts'
import { LIMITS } from './limits.ts'

/** A value in the words of an error: short, and never failing, whatever it is. */
export function show(value: unknown): string {
  try {
    return cut(words(value), LIMITS.shownCharacters)
  } catch {
    return `${typeof value === 'object' ? 'an object' : `a ${typeof value}`} that cannot be read`
  }
}

function words(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'function':
      return isName(value.name) ? `the function ${value.name}` : 'a function'
    case 'object':
      return value === null ? 'null' : objectInWords(value)
    default:
      return String(value)
  }
}

function objectInWords(value: object): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (value instanceof Error) return String(value)
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'an invalid Date' : `the Date ${value.toISOString()}`
  }
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return isName(name) && name !== 'Object' ? `an instance of ${name}` : 'an object'
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== ''
}
