/** The name most like a mistyped one, or null if none is close: at most every third character may differ, case aside. */
export function nearest(name: string, names: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    if (Math.abs(name.length - candidate.length) >= least) continue // so many characters at least are too many or too few
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < least) {
      best = candidate
      least = edits
    }
  }
  return best
}

/** The same as an advice that follows a sentence; nothing, if no name is close. */
export function didYouMean(name: string, names: readonly string[]): string {
  const close = nearest(name, names)
  return close === null ? '' : ` Did you mean ${JSON.stringify(close)}?`
}

/** How many characters to change, add or drop to make one text of the other (Levenshtein), row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
