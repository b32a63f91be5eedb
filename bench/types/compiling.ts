import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from '../measure.ts'
import { DRAWINGS } from './drawings.ts'

/*
 * What the compiler says of each program, by itself (`tsc --extendedDiagnostics`). The packages are read as users have them: their
 * built declarations, and every strict check on.
 */

/** What one program cost. */
export interface Compiled {
  readonly name: string
  readonly checkMs: number
  readonly instantiations: number
  readonly megabytes: number
}

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const LONGEST_MS = 120_000

const CONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
  },
  files: ['program.ts'],
}

/** Compiles one program after another, and tells of each: the medians of its rounds. */
export async function* compileAll(rounds: number, drawings = DRAWINGS): AsyncGenerator<Compiled> {
  // Inside node_modules, so that the programs find the packages; of this process, so that two do not meet.
  const folder = join(MODULES, '.cache', `arpeggio-bench-${process.pid}`)
  try {
    for (const { name, text } of drawings) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG))
      writeFileSync(join(folder, 'program.ts'), text)
      const said: string[] = []
      for (let round = 0; round < rounds; round++) said.push(await diagnosticsOf(folder))
      const middle = (line: string): number => median(said.map((text) => numberIn(text, line)))
      yield {
        name,
        checkMs: middle('Check time') * 1_000,
        instantiations: middle('Instantiations'),
        megabytes: middle('Memory used') / 1_000,
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function diagnosticsOf(folder: string): Promise<string> {
  const tsc = join(MODULES, '.bin', 'tsc')
  const { stdout } = await promisify(execFile)(tsc, ['-p', folder, '--extendedDiagnostics'], {
    timeout: LONGEST_MS,
  })
  return stdout
}

/** Times are in seconds, memory in kB. */
function numberIn(text: string, line: string): number {
  const found = new RegExp(`^${line}:\\s*([\\d.]+)`, 'm').exec(text)?.[1]
  if (found === undefined) throw new Error(`the compiler does not tell "${line}"`)
  return Number(found)
}
