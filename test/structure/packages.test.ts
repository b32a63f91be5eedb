import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * What users will install: each package is packed as npm would publish it, looked at with the tools of the trade, and used
 * from a folder of its own.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SLOW = { timeout: 120_000 }

/** Every published package, and all it may depend on. */
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  core: ['uuid'],
  canvas: ['@arpeggio/core', 'fast-json-stable-stringify', 'immer'],
}
const PACKAGES = Object.keys(DEPENDENCIES)

const run = promisify(execFile)
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name)

/** Where the packages are installed, as a user would have them. */
let home: string
const tarballs = new Map<string, string>()

beforeAll(async () => {
  await run(bin('tsc'), ['-b'], { cwd: ROOT })
  home = await mkdtemp(join(tmpdir(), 'arpeggio-packages-'))
  await Promise.all(PACKAGES.map(install))
}, 240_000)

afterAll(() => rm(home, { recursive: true, force: true }))

async function install(name: string): Promise<void> {
  const cwd = join(ROOT, 'packages', name)
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd,
  })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  tarballs.set(name, join(home, filename))
  const folder = installed(name)
  await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', join(home, filename), '-C', folder, '--strip-components=1'])
  for (const dependency of DEPENDENCIES[name] ?? []) {
    const link = join(home, 'node_modules', dependency)
    if (dependency.startsWith('@arpeggio/') || existsSync(link)) continue
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(ROOT, 'node_modules', dependency), link)
  }
}

function installed(name: string): string {
  return join(home, 'node_modules', '@arpeggio', name)
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly type: string
  readonly sideEffects: boolean
  readonly engines: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly private?: boolean
  readonly [other: string]: unknown
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest
}

describe.each(PACKAGES)('@arpeggio/%s', (name) => {
  const folder = join('packages', name)

  it('has nothing publint would have changed', SLOW, async () => {
    const { messages, pkg } = await publint({ pkgDir: join(ROOT, folder), strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('has the right types for whoever imports it', SLOW, async () => {
    const args = [tarballs.get(name) as string, '--profile', 'esm-only', '--format', 'ascii', '--no-color']
    const found = await run(bin('attw'), args, { cwd: home }).then(
      () => 'nothing',
      (error: { readonly stdout: string }) => error.stdout,
    )
    expect(found).toBe('nothing')
  })

  it('says what it is and what it needs', () => {
    const { engines, ...manifest } = manifestOf(folder)
    expect(manifest).toMatchObject({
      ...{ name: `@arpeggio/${name}`, license: 'MIT', type: 'module', sideEffects: false },
      description: expect.stringMatching(/\w{3}/),
    })
    expect(engines).toEqual(manifestOf('.').engines)
    expect(manifest.private).toBeUndefined()
  })

  it('has one door, for source, types and programs', () => {
    expect(manifestOf(folder).exports).toEqual({
      '.': { '@arpeggio/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    })
  })

  it('depends on nothing that has not earned its place', () => {
    const manifest = manifestOf(folder)
    expect(Object.keys(manifest.dependencies).sort()).toEqual(DEPENDENCIES[name])
    for (const kind of ['peerDependencies', 'optionalDependencies', 'bundledDependencies', 'scripts']) {
      expect(manifest[kind], kind).toBeUndefined()
    }
    for (const [dependency, version] of Object.entries(manifest.dependencies)) {
      if (dependency.startsWith('@arpeggio/')) expect(version).toBe(manifest.version)
    }
  })

  it('brings its program, its types and its source, and no tests', SLOW, async () => {
    const files = await readdir(installed(name), { recursive: true })
    expect(files).toEqual(
      expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'package.json']),
    )
    expect(files.filter((file) => /\.test|\.tsbuildinfo|node_modules|tsconfig/.test(file))).toEqual([])
  })

  it('brings the source that its maps point to', SLOW, async () => {
    const files = await readdir(join(installed(name), 'dist'), { recursive: true })
    const maps = files.filter(
      (file) => file.endsWith('.map') && existsSync(join(ROOT, folder, 'src', sourceOf(file))),
    )
    expect(maps.length).toBeGreaterThan(10)
    for (const map of maps) {
      const path = join(installed(name), 'dist', map)
      const { sources } = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] }
      for (const source of sources)
        expect(existsSync(join(dirname(path), source)), `${map}: ${source}`).toBe(true)
    }
  })

  it.fails('brings its license and a readme', () => {
    expect(['LICENSE', 'README.md'].filter((file) => !existsSync(join(installed(name), file)))).toEqual([])
  })
})

/** The source a file of dist was made of. */
function sourceOf(file: string): string {
  return file.replace(/(\.d)?\.(js|ts)(\.map)?$/, '.ts')
}

describe('a user', () => {
  const program = `
import { App, chain, type AsyncResult } from '@arpeggio/canvas'
import { memoryBackend } from '@arpeggio/core'
const app: App = new App({ name: 'mine', backend: memoryBackend() })
const add = app.task('add', (a: number, b: number) => a + b)
const result: AsyncResult<number> = await chain(add.s(1, 2), add.s(3)).apply()
console.log(await result.get())
`

  it('runs it from the packed files, in plain Node', SLOW, async () => {
    await writeFile(join(home, 'package.json'), '{ "type": "module" }')
    await writeFile(
      join(home, 'program.js'),
      program.replace(/, type \w+|: App\b|: number\b|: AsyncResult<number>/g, ''),
    )
    const { stdout, stderr } = await run(process.execPath, ['program.js'], { cwd: home })
    expect([stdout, stderr]).toEqual(['6\n', ''])
  })

  it('compiles against its types, every library checked, with any strict settings', SLOW, async () => {
    await writeFile(join(home, 'package.json'), '{ "type": "module" }')
    await writeFile(join(home, 'program.ts'), program)
    const options = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
      ...{ noUncheckedIndexedAccess: true, target: 'es2022', lib: ['es2022', 'esnext.disposable'] },
      ...{ module: 'nodenext', types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
    }
    await writeFile(
      join(home, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['program.ts'] }),
    )
    const { stdout } = await run(bin('tsc'), ['-p', home, '--pretty', 'false']).catch(
      (error) => error as { stdout: string },
    )
    expect(stdout).toBe('')
  })
})

describe('the repository', () => {
  it('knows every package that is in it', async () => {
    const folders = await readdir(join(ROOT, 'packages'))
    expect(
      folders.filter((folder) => existsSync(join(ROOT, 'packages', folder, 'package.json'))).sort(),
    ).toEqual([...PACKAGES].sort())
  })

  it('builds every package', () => {
    const { references } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as {
      references: { path: string }[]
    }
    expect(references.map(({ path }) => path).sort()).toEqual(
      PACKAGES.map((name) => `packages/${name}`).sort(),
    )
  })

  it('locks versions, not the registry they came from', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>
    }
    const resolved = Object.values(packages).flatMap(({ resolved, link }) =>
      resolved && !link ? [resolved] : [],
    )
    expect(resolved).toEqual([])
    for (const [path, { integrity, link }] of Object.entries(packages)) {
      if (path.startsWith('node_modules/') && !link) expect(integrity, path).toMatch(/^sha512-/)
    }
  })

  it('names no place on the machine it was written on, and no registry', SLOW, async () => {
    const machine = ['work', 'root', 'home', 'Users'].map((folder) => `/${folder}/`)
    const words = new RegExp(`(${machine.join('|')}|//[\\w.-]*(registry|npm)[\\w-]*\\.[a-z]+/)`)
    const { stdout } = await run('git', ['ls-files', '-z'], { cwd: ROOT })
    const tracked = stdout.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)))
    expect(tracked.length).toBeGreaterThan(100)
    const found = tracked.flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => (words.test(line) ? [`${file}:${i + 1} ${line.trim().slice(0, 80)}`] : [])),
    )
    expect(found).toEqual([])
  })
})
