/** What is to be said if the process ends now, because nothing is left in it that could happen. */
const words: Set<() => void> = new Set()

/** Says it then, until what it gives is called. One listener is enough for all. */
export function atExit(say: () => void): () => void {
  if (words.size === 0) process.on('beforeExit', sayAll)
  words.add(say)
  return () => {
    if (words.delete(say) && words.size === 0) process.off('beforeExit', sayAll)
  }
}

function sayAll(): void {
  const due = [...words]
  words.clear()
  process.off('beforeExit', sayAll)
  for (const say of due) say()
}
