const ANY = Number.POSITIVE_INFINITY

/**
 * How many arguments a function names, as far as its source tells; Infinity when it takes any number, or when its
 * parameter list is beyond this reader.
 */
export function mostArguments(fn: (...args: never[]) => unknown): number {
  const source = fn.toString()
  if (source.includes('[native code]') || /\barguments\b/.test(source)) return ANY
  const list = headless(source)
  return list.startsWith('(') ? count(list) : 1 // an arrow function of one bare name
}

/** The source from its parameters on: without `async`, `function`, a name, and comments between them. */
function headless(source: string): string {
  const comment = String.raw`(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*\n|\s)*`
  const arrow = new RegExp(`^${comment}(?:async\\b${comment})?([^\\s()=/]+${comment}=>|\\()`)
  const named = new RegExp(`^${comment}(?:[^\\s()=/]+${comment}|\\*${comment})*\\(`)
  const bare = arrow.exec(source)
  if (bare !== null) return bare[1] === '(' ? source.slice(bare[0].length - 1) : ''
  const method = named.exec(source)
  return method === null ? '(...' : source.slice(method[0].length - 1)
}

/** Counts the parameters in a text that begins with their list. */
function count(source: string): number {
  let depth = 0
  let commas = 0
  let named = false
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string
    if (depth === 1 && source.startsWith('...', i)) return ANY
    if (char === '/') {
      const end = endOfComment(source, i)
      if (end < 0) return ANY
      i = end
    } else if (char === '"' || char === "'" || char === '`') {
      i = endOfText(source, i)
    } else if ('([{'.includes(char)) {
      if (depth > 0) named = true
      depth++
    } else if (')]}'.includes(char)) {
      if (--depth === 0) return named ? commas + 1 : commas
    } else if (char === ',' && depth === 1) {
      if (named) commas++
      named = false
    } else if (char.trim() !== '') {
      named = true
    }
  }
  return ANY
}

/** The last character of a comment that begins here; -1 if it is none, but a division or a regular expression. */
function endOfComment(source: string, start: number): number {
  if (source[start + 1] === '*') return source.indexOf('*/', start + 2) + 1 || -1
  if (source[start + 1] === '/') return source.indexOf('\n', start)
  return -1
}

function endOfText(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === source[start]) return i
  }
  return source.length
}
