import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ArpeggioError, checkOptions, KINDS } from '@arpeggio/core'

/** Where modules are: a URL, a path, or the name of a package. */
export type Place = string | URL

/** How directories are searched. */
export interface DiscoverOptions {
  /** How the names of the files end. Default: `tasks.js`, `tasks.mjs`, `tasks.ts` and `tasks.mts`. */
  readonly suffix?: string
}

const SUFFIXES: readonly string[] = ['tasks.js', 'tasks.mjs', 'tasks.ts', 'tasks.mts']

/** Imports modules, for what they do when they are. One after another, so that they do it in the same order each time. */
export async function discover(places: readonly Place[], options: DiscoverOptions): Promise<void> {
  checkOptions(options, { suffix: KINDS.text }, 'autodiscover')
  const suffixes = options.suffix === undefined ? SUFFIXES : [options.suffix]
  for (const place of places) for (const module of modulesAt(place, suffixes)) await import(module)
}

/** What is to be imported. */
function modulesAt(place: Place, suffixes: readonly string[]): string[] {
  const path = pathOf(place)
  if (path === null) return [String(place)]
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    throw new ArpeggioError(
      'option-invalid',
      `autodiscover found nothing at ${path}. Give a module or a directory: a URL, a path, or the name of a package.`,
    )
  }
  if (!found.isDirectory()) return [pathToFileURL(path).href]
  return filesBelow(path, suffixes).map((file) => pathToFileURL(file).href)
}

/** The path of what is a file; null for a package, or for what is elsewhere. */
function pathOf(place: Place): string | null {
  if (place instanceof URL) return place.protocol === 'file:' ? fileURLToPath(place) : null
  if (place.startsWith('file:')) return fileURLToPath(place)
  return /^(\.{1,2}(\/|$)|\/)/.test(place) ? resolve(place) : null
}

/** In the order of their names, packages left out. */
function filesBelow(folder: string, suffixes: readonly string[]): string[] {
  const found: string[] = []
  const todo = [folder]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true }) as Dirent[]) {
      const path = join(next, entry.name)
      if (entry.isDirectory() && entry.name !== 'node_modules') todo.push(path)
      if (entry.isFile() && suffixes.some((suffix) => entry.name.endsWith(suffix))) found.push(path)
    }
  }
  return found.sort()
}
