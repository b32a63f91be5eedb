import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What was found in one form of the model. */
export interface Finding {
  /** How many states were seen. */
  readonly states: number
  /** A history that breaks a promise, in the words of the model, up to the promise; null if there is none. */
  readonly history: readonly string[] | null
  /** Lines of the model at which no history came by. */
  readonly unreached: readonly string[]
}

/** How spin goes about it. */
type Search =
  /** All there is. */
  | 'everything'
  /** The same, of a form so large that a better checker is worth its longer making. */
  | 'everything, at length'
  /** The shortest history that breaks a promise. */
  | 'shortest'
  /** A history that never ends. */
  | 'endless'

const MODEL = join(import.meta.dirname, 'chord.pml')
const FLAGS: Readonly<
  Record<Search, { readonly compile: readonly string[]; readonly run: readonly string[] }>
> = {
  everything: { compile: ['-O0', '-DSAFETY'], run: ['-m10000', '-w20'] },
  'everything, at length': { compile: ['-O2', '-DSAFETY', '-DCOLLAPSE'], run: ['-m10000'] },
  shortest: { compile: ['-O0', '-DSAFETY', '-DBFS'], run: ['-w16'] },
  endless: { compile: ['-O0', '-DNP'], run: ['-m10000', '-w20', '-l'] },
}
const run = promisify(execFile)

/** Makes a checker of the model and has it search; what is built for that is gone afterwards. */
export async function check(defines: readonly string[], search: Search): Promise<Finding> {
  install()
  const folder = await mkdtemp(join(tmpdir(), 'arpeggio-model-'))
  const program = async (name: string, ...args: readonly string[]): Promise<string> => {
    return (await run(name, [...args], { cwd: folder, maxBuffer: 1e8 })).stdout
  }
  try {
    const { compile, run: flags } = FLAGS[search]
    const set = defines.map((define) => `-D${define}`)
    await program('spin', '-a', ...set, MODEL)
    await program('gcc', '-w', ...compile, '-o', 'pan', 'pan.c')
    const said = await program('./pan', ...flags)
    const found = read(said)
    if (found.errors === 0) return { ...found, history: null }
    const told = await program('spin', '-T', '-t', '-k', 'chord.pml.trail', ...set, MODEL)
    return { ...found, history: historyIn(told) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The search must have come to its end: to have found nothing until then says nothing. */
function read(said: string): { states: number; errors: number; unreached: string[] } {
  const states = /(\d+) states, stored/.exec(said)?.[1]
  const errors = /errors: (\d+)/.exec(said)?.[1]
  const isCut = /max search depth too small|out of memory/i.test(said)
  const isWhole = errors !== '0' || !/Search not completed/.test(said)
  if (states === undefined || errors === undefined || isCut || !isWhole) {
    throw new Error(`spin did not get through:\n${said}`)
  }
  const unreached = Array.from(said.matchAll(/chord\.pml:(\d+), state \d+, "(.*)"/g), ([, line, text]) => {
    return `${line}: ${text}`
  })
  return { states: Number(states), errors: Number(errors), unreached }
}

/** What the model prints, up to the promise that breaks. */
function historyIn(told: string): string[] {
  const lines = told.split('\n').map((line) => line.trim().replace(/\b(member)_(\d)/g, '$1 $2'))
  const end = lines.findIndex((line) => line.startsWith('BROKEN'))
  return end === -1 ? lines : lines.slice(0, end + 1)
}

let isInstalled = false

/** spin and a C compiler are on the PATH, or are installed now, if this is Debian and we may. */
function install(): void {
  const missing = isInstalled ? [] : ['spin', 'gcc'].filter((name) => !isThere(name))
  const aptGet = (...args: readonly string[]): void => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', [...args], { stdio: 'ignore', timeout: 240_000, env })
  }
  if (missing.length > 0) {
    try {
      aptGet('update')
      aptGet('install', '-y', '--no-install-recommends', ...missing, 'libc6-dev')
    } catch (cause) {
      throw new Error(
        'The model needs spin and gcc: install the packages spin, gcc and libc6-dev (Debian), or put both on the PATH.',
        {
          cause,
        },
      )
    }
  }
  isInstalled = true
}

function isThere(name: string): boolean {
  try {
    execFileSync('which', [name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
