/** Prints rows as they come: the first column to the left, numbers to the right. */
export function lineOf(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => {
    const width = widths[column] ?? 0
    return column === 0 ? cell.padEnd(width) : cell.padStart(width)
  })
  return `${padded.join('  ').trimEnd()}\n`
}

/** A number as people read it: three digits that count, or all of them before the point. */
export function shown(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  return rounded(value).toLocaleString('en', { maximumFractionDigits: 3 })
}

/** Three digits that count, or all of them before the point. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
