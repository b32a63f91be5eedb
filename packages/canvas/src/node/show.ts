const SHOWN_CHARACTERS = 40

/** A value as errors show it: short ones as they are written, long texts cut, large things by what they are. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (value.length <= SHOWN_CHARACTERS) return JSON.stringify(value)
      return `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}…`
    case 'bigint':
      return `${value}n`
    case 'function':
      return value.name === '' ? 'a function' : `the function ${value.name}`
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
      return 'an object'
    default:
      return String(value)
  }
}
