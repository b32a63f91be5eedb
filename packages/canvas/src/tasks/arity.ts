const ANY = Number.POSITIVE_INFINITY

/**
 * How many arguments a function names, as far as its source tells; Infinity when it takes any number, or when its
 * parameter list is beyond this reader: a correct call must never look wrong.
 */
export function mostArguments(fn: (...args: never[]) => unknown): number {
  const source = Function.prototype.toString.call(fn)
  if (source.includes('[native code]') || /\barguments\b/.test(source)) return ANY
  if (BARE.test(source)) return 1
  const head = HEAD.exec(source)
  const named = head === null ? ANY : count(source.slice(head[0].length - 1))
  return named < fn.length ? ANY : named // then something was misread
}

const GAP = String.raw`(?:\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n]*\n|\s)*`
const NAME = String.raw`#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*`

/** An arrow function of one bare name. */
const BARE = new RegExp(`^${GAP}(?:async\\b${GAP})?${NAME}${GAP}=>`, 'u')

/** What may stand before a parameter list: `async`, `function`, `*` and a plain name. */
const HEAD = new RegExp(
  `^${GAP}(?!class\\b)(?:async\\b${GAP})?(?:function\\b${GAP})?(?:\\*${GAP})?(?:${NAME}${GAP})?\\(`,
  'u',
)

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
      const end = endOfText(source, i)
      if (char === '`' && source.slice(i, end).includes('${')) return ANY // there may be anything in it
      i = end
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
