/** How much of the text it takes to say that something is missing. */
const NOTE_CHARACTERS = 30

/** A text in at most so many characters: a longer one loses its middle, and says how much. Both ends are worth reading. */
export function cut(text: string, characters: number): string {
  if (text.length <= characters) return text
  const half = Math.max(0, Math.floor((characters - NOTE_CHARACTERS) / 2))
  const head = text.slice(0, half).replace(/[\ud800-\udbff]$/, '') // a pair of surrogates stays together
  const tail = text.slice(text.length - half).replace(/^[\udc00-\udfff]/, '')
  return `${head} … ${text.length - head.length - tail.length} characters … ${tail}`
}
