/** How many arguments a function names, as far as its source tells; Infinity when it takes any number. */
export function mostArguments(fn: (...args: never[]) => unknown): number {
  const source = fn.toString()
  if (source.includes('[native code]')) return Number.POSITIVE_INFINITY
  if (/\barguments\b/.test(source)) return Number.POSITIVE_INFINITY
  const single = /^(?:async\s+)?[\w$]+\s*=>/.test(source)
  if (single) return 1
  const open = source.indexOf('(')
  let depth = 0
  let count = 0
  let named = false
  for (let i = open; i < source.length; i++) {
    const char = source[i] as string
    if (depth === 1 && source.startsWith('...', i)) return Number.POSITIVE_INFINITY
    if (char === '/' && (source[i + 1] === '*' || source[i + 1] === '/')) {
      const end = source[i + 1] === '*' ? source.indexOf('*/', i + 2) + 1 : source.indexOf('\n', i)
      if (end <= 0) return Number.POSITIVE_INFINITY
      i = end
    } else if (char === '"' || char === "'" || char === '`') {
      i = endOfText(source, i)
    } else if ('([{'.includes(char)) {
      if (depth > 0) named = true
      depth++
    } else if (')]}'.includes(char)) {
      if (--depth === 0) return named ? count + 1 : count
    } else if (char === ',' && depth === 1) {
      if (named) count++
      named = false
    } else if (char.trim() !== '') {
      named = true
    }
  }
  return Number.POSITIVE_INFINITY
}

function endOfText(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === source[start]) return i
  }
  return source.length
}
