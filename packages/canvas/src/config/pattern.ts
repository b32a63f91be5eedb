/** Whether the name of a task fits. */
export type Fits = (task: string) => boolean

/** A pattern of task names: in a text `*` stands for any characters, and `?` for one; a RegExp fits where it finds something. */
export function patternOf(pattern: string | RegExp): Fits {
  if (pattern instanceof RegExp) return (task) => task.search(pattern) >= 0 // which a `g` does not change
  if (!isGlob(pattern)) return (task) => task === pattern
  const source = pattern
    .replace(/[\\^$.+()|[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const glob = new RegExp(`^${source}$`, 'su')
  return (task) => glob.test(task)
}

/** A table by patterns, in the order in which it counts: whole names, then globs as they are written, and `*` at last. */
export function inOrder<T>(table: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  const rank = (pattern: string): number => (pattern === '*' ? 2 : isGlob(pattern) ? 1 : 0)
  return Object.entries(table).sort(([one], [other]) => rank(one) - rank(other))
}

function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}
