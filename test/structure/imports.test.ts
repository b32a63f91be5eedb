import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/*
 * The picture of the house: everything knows core, core knows nobody; inside core, arrows point down only.
 * Type imports count: they are what couples two files when one of them changes.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Import {
  readonly file: string
  readonly from: string
}

/** Every source file of the packages, tests left out. */
function sources(): string[] {
  return readdirSync(join(ROOT, 'packages'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[\w-]+\/src\/.*\.ts$/.test(file) && !/\.test(-d)?\.ts$/.test(file))
    .map((file) => join('packages', file))
}

/** What a file imports: relative paths as files of the repository, packages by name. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  )
  return [...found].map(([, named, dynamic]) => {
    const from = (named ?? dynamic) as string
    return { file, from: from.startsWith('.') ? normalize(join(dirname(file), from)) : from }
  })
}

const files = sources()
const imports = files.flatMap(importsOf)

/** The floors of core, from the ground up. A file may import from its own floor and from below. */
const FLOORS = ['model', 'ports', 'machine', 'memory', 'runtime', 'threads']

/** The rooms of the runtime, from the ground up, by the same law. What lies outside of them, such as eager mode, stands above. */
const ROOMS = ['waiting', 'tasks', 'events', 'runs', 'attempts', 'reading', 'worker']

/** The folders of canvas that never know the face that users see, nor what an app is. */
const DRAWINGS = ['node', 'json', 'draw', 'compile', 'typing', 'packing']

/** Which package may import which others. `node:` modules are free. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: ['uuid'],
  canvas: ['@arpeggio/core', 'immer', 'fast-json-stable-stringify'],
  'redis-backend': ['@arpeggio/core', 'ioredis'],
  opentelemetry: ['@arpeggio/core', '@opentelemetry/api'],
  testing: ['@arpeggio/core', '@arpeggio/canvas', 'vitest'],
}

/** The one file through which each dependency comes in. */
const DOORS: Record<string, string> = {
  uuid: 'packages/core/src/runtime/runs/run-id.ts',
  immer: 'packages/canvas/src/node/update.ts',
  'fast-json-stable-stringify': 'packages/canvas/src/node/equal.ts',
  vitest: 'packages/testing/src/vitest.ts',
}

function packageOf(file: string): string {
  return file.split('/')[1] as string
}

function floorOf(file: string): number {
  return FLOORS.indexOf(relative('packages/core/src', file).split('/')[0] as string)
}

function roomOf(file: string): number {
  const room = ROOMS.indexOf(relative('packages/core/src/runtime', file).split('/')[0] as string)
  return room < 0 ? ROOMS.length : room
}

describe('the picture of the house', () => {
  it('is drawn from real files', () => {
    expect(files.length).toBeGreaterThan(40)
    expect(imports.length).toBeGreaterThan(100)
  })

  it('has no arrow from one package to another that is not drawn', () => {
    const strangers = imports.filter(({ file, from }) => {
      if (from.startsWith('packages/')) return packageOf(file) !== packageOf(from)
      if (from.startsWith('node:')) return false
      return !MAY_IMPORT[packageOf(file)]?.includes(from)
    })
    expect(strangers).toEqual([])
  })

  it('has arrows inside core that point down only', () => {
    const upwards = imports.filter(
      ({ file, from }) =>
        file.startsWith('packages/core/src/') &&
        from.startsWith('packages/core/src/') &&
        floorOf(file) >= 0 &&
        floorOf(from) > floorOf(file),
    )
    expect(upwards).toEqual([])
  })

  it('has rooms inside the runtime whose arrows point down only', () => {
    const isInside = (file: string): boolean => file.startsWith('packages/core/src/runtime/')
    const upwards = imports.filter(
      ({ file, from }) => isInside(file) && isInside(from) && roomOf(from) > roomOf(file),
    )
    expect(upwards).toEqual([])
  })

  it('has folders inside canvas where drawings are data: they know nodes and themselves, and nothing else', () => {
    const folderOf = (file: string): string => dirname(relative('packages/canvas/src', file))
    const strangers = imports.filter(({ file, from }) => {
      if (!file.startsWith('packages/canvas/src/') || !DRAWINGS.includes(folderOf(file))) return false
      return from.startsWith('packages/') && ![folderOf(file), 'node'].includes(folderOf(from))
    })
    expect(strangers).toEqual([])
  })

  it('has a heart that asks nobody: model and machine import nothing but each other', () => {
    const heart = imports.filter(({ file }) => /^packages\/core\/src\/(model|machine)\//.test(file))
    expect(heart.filter(({ from }) => !/^packages\/core\/src\/(model|machine)\//.test(from))).toEqual([])
  })

  it('has no cycle of files', () => {
    const next = new Map<string, string[]>()
    for (const { file, from } of imports) {
      if (from.startsWith('packages/')) next.set(file, [...(next.get(file) ?? []), from])
    }
    const done = new Set<string>()
    const cycles: string[][] = []
    const visit = (file: string, path: readonly string[]): void => {
      const start = path.indexOf(file)
      if (start >= 0) cycles.push([...path.slice(start), file])
      if (start >= 0 || done.has(file)) return
      for (const target of next.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('has one door for each dependency', () => {
    for (const [dependency, door] of Object.entries(DOORS)) {
      const users = new Set(imports.filter(({ from }) => from === dependency).map(({ file }) => file))
      expect([...users], dependency).toEqual([door])
    }
    const ioredis = imports.filter(({ from }) => from === 'ioredis').map(({ file }) => packageOf(file))
    expect(new Set([...ioredis, 'redis-backend'])).toEqual(new Set(['redis-backend']))
  })

  it('has no file named after nothing', () => {
    const vague = /\/(utils?|helpers?|common|types|misc|manager|client|base|impl)(\.|\/)/
    expect(files.filter((file) => vague.test(file))).toEqual([])
  })

  it('uses no any and switches no check off', () => {
    const code = (line: string): boolean => !/^\s*(\*|\/\/)/.test(line)
    const shown = ['examples', 'bench', 'chaos'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
        .map((file) => join(folder, file)),
    )
    const found = [...files, ...shown].flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => {
          const loose = code(line) && /\bas any\b|: any\b|<any\b/.test(line)
          const off = /@ts-ignore|@ts-nocheck|biome-ignore|eslint-disable/.test(line)
          return loose || off ? [`${file}:${i + 1} ${line.trim()}`] : []
        }),
    )
    expect(found).toEqual([])
  })
})
