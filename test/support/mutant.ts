import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { memoryBackend } from '@arpeggio/core'

const MEMORY = fileURLToPath(new URL('../../packages/core/src/memory', import.meta.url))

/** A place in one of the files of the memory backend, and what stands there instead. */
export interface Mutation {
  readonly file: string
  readonly instead: string
  readonly of: string
}

/** A memory backend with a known defect: a copy of its files in which some expressions are replaced, each found exactly once. */
export async function mutantOf(mutations: readonly Mutation[]): Promise<typeof memoryBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-mutant-'))
  try {
    cpSync(MEMORY, folder, { recursive: true, filter: (file) => !file.endsWith('.test.ts') })
    for (const { file, of, instead } of mutations)
      rewrite(join(folder, file), (text) => replaced(text, of, instead))
    for (const file of readdirSync(folder)) rewrite(join(folder, file), withFloorsBelow)
    const mutant = (await import(join(folder, 'memory-backend.ts'))) as {
      memoryBackend: typeof memoryBackend
    }
    return mutant.memoryBackend
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

function replaced(text: string, of: string, instead: string): string {
  const count = text.split(of).length - 1
  if (count !== 1) throw new Error(`${count} places read ${JSON.stringify(of)}, and one was meant`)
  return text.replace(of, () => instead)
}

/** What it knows of the floors below is the real thing. */
function withFloorsBelow(text: string): string {
  return text.replaceAll("from '../", `from '${join(MEMORY, '..')}/`)
}
