import { lineOf, shown } from '../table.ts'
import { type Compiled, compileAll } from './compiling.ts'

const WIDTHS = [54, 10, 16, 8]

/** Writes down what the compiler says of each program; gives all of it as data. */
export async function reportTypes(
  rounds: number,
  write: (text: string) => void,
): Promise<readonly Compiled[]> {
  write(lineOf(['', 'check, ms', 'instantiations', 'MB'], WIDTHS))
  const rows: Compiled[] = []
  for await (const compiled of compileAll(rounds)) {
    const { name, checkMs, instantiations, megabytes } = compiled
    write(lineOf([name, shown(checkMs), shown(instantiations), shown(megabytes)], WIDTHS))
    rows.push(compiled)
  }
  return rows
}
