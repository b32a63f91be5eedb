import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * What users will install: each package is packed as npm would publish it, from a copy of the repository, looked at with
 * the tools of the trade, and used from a folder of its own.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SLOW = { timeout: 120_000 }

/** Every published package, and all it may depend on. */
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  core: ['uuid'],
  canvas: ['@arpeggio/core', 'fast-json-stable-stringify', 'immer'],
  'redis-backend': ['@arpeggio/core', 'ioredis'],
  opentelemetry: ['@arpeggio/core'],
  testing: ['@arpeggio/canvas', '@arpeggio/core'],
}
/** What must be the same one as its user's. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  opentelemetry: ['@opentelemetry/api'],
  testing: ['vitest'],
}
/** Doors besides the one that all of them have. */
const SIDE_DOORS: Readonly<Record<string, readonly string[]>> = { testing: ['vitest'] }
const PACKAGES = Object.keys(DEPENDENCIES)

const run = promisify(execFile)
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name)

/** A copy of the repository, so that nobody who builds meanwhile gets in the way. */
let copy: string
/** Where the packages are installed, as a user would have them. */
let home: string
const tarballs = new Map<string, string>()

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'arpeggio-copy-'))
  home = await mkdtemp(join(tmpdir(), 'arpeggio-packages-'))
  await copyRepository()
  for (const name of PACKAGES) await install(name)
}, 240_000)

afterAll(async () => {
  for (const folder of [copy, home]) await rm(folder, { recursive: true, force: true })
})

/** What it takes to build, and what an earlier build left behind. */
async function copyRepository(): Promise<void> {
  const files = (await readdir(ROOT)).filter((file) => /\.json$/.test(file))
  const source = (file: string): boolean => !/[\\/](node_modules|dist)$/.test(file)
  for (const file of [...files, 'packages']) {
    await cp(join(ROOT, file), join(copy, file), { recursive: true, filter: source })
  }
  for (const name of PACKAGES) {
    const dist = join(copy, 'packages', name, 'dist')
    await mkdir(dist)
    await writeFile(join(dist, 'stale.js'), 'its source is long gone')
  }
  await mkdir(join(copy, 'node_modules', '@arpeggio'), { recursive: true })
  for (const module of await readdir(join(ROOT, 'node_modules'))) {
    if (module === '@arpeggio') continue
    await symlink(join(ROOT, 'node_modules', module), join(copy, 'node_modules', module))
  }
  for (const name of PACKAGES) {
    await symlink(join(copy, 'packages', name), join(copy, 'node_modules', '@arpeggio', name))
  }
}

/** Packs it as npm does before it publishes, scripts included. */
async function install(name: string): Promise<void> {
  const cwd = join(copy, 'packages', name)
  const flags = ['--json', '--foreground-scripts=false', '--pack-destination', home]
  const { stdout } = await run('npm', ['pack', ...flags], { cwd })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  tarballs.set(name, join(home, filename))
  const folder = installed(name)
  await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', join(home, filename), '-C', folder, '--strip-components=1'])
  for (const dependency of [...(DEPENDENCIES[name] ?? []), ...(PEERS[name] ?? [])]) {
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
    const { messages, pkg } = await publint({ pkgDir: join(copy, folder), strict: true })
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

  it('has one door, for source, types and programs, or says why there are more', () => {
    const door = (file: string): object => ({
      ...{
        '@arpeggio/source': `./src/${file}.ts`,
        types: `./dist/${file}.d.ts`,
        default: `./dist/${file}.js`,
      },
    })
    const sideDoors = (SIDE_DOORS[name] ?? []).map((side) => [`./${side}`, door(side)])
    expect(manifestOf(folder).exports).toEqual({
      '.': door('index'),
      ...Object.fromEntries(sideDoors),
      './package.json': './package.json',
    })
  })

  it('depends on nothing that has not earned its place', () => {
    const manifest = manifestOf(folder)
    expect(Object.keys(manifest.dependencies).sort()).toEqual(DEPENDENCIES[name])
    expect(Object.keys(manifest['peerDependencies'] ?? {})).toEqual(PEERS[name] ?? [])
    for (const kind of ['optionalDependencies', 'bundledDependencies']) {
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

  it('runs nothing where it is installed', () => {
    expect(Object.keys(manifestOf(folder)['scripts'] as object)).toEqual(['prepack'])
  })

  it('is built anew when it is packed: nothing of an earlier build comes along', SLOW, async () => {
    const files = await readdir(join(installed(name), 'dist'), { recursive: true })
    const stale = files.filter(
      (file) => /\.\w+$/.test(file) && !existsSync(join(installed(name), 'src', sourceOf(file))),
    )
    expect(stale).toEqual([])
  })

  it('brings the source that its maps point to', SLOW, async () => {
    const files = await readdir(join(installed(name), 'dist'), { recursive: true })
    const maps = files.filter(
      (file) => file.endsWith('.map') && existsSync(join(ROOT, folder, 'src', sourceOf(file))),
    )
    expect(maps.length).toBeGreaterThan(0)
    for (const map of maps) {
      const path = join(installed(name), 'dist', map)
      const { sources } = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] }
      for (const source of sources)
        expect(existsSync(join(dirname(path), source)), `${map}: ${source}`).toBe(true)
    }
  })

  it('brings its license, which is that of the repository, and a readme of its own', () => {
    const read = (file: string): string => readFileSync(file, 'utf8')
    expect(read(join(installed(name), 'LICENSE'))).toBe(read(join(ROOT, 'LICENSE')))
    expect(read(join(installed(name), 'README.md'))).toMatch(
      new RegExp(`^# @arpeggio/${name}\\n[^]*npm install @arpeggio/${name}[^]*\`\`\`ts\\n`),
    )
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

  it('runs tasks in threads from the packed files, in plain Node', SLOW, async () => {
    await writeFile(join(home, 'package.json'), '{ "type": "module" }')
    await writeFile(
      join(home, 'tasks.js'),
      `
import { threadId } from 'node:worker_threads'
import { App } from '@arpeggio/canvas'
export const app = new App({ name: 'mine' })
export const inThread = app.task('inThread', (n) => [n, threadId > 0])
`,
    )
    await writeFile(
      join(home, 'worker.js'),
      `
import { app, inThread } from './tasks.js'
await app.worker({ pool: 'threads', module: new URL('./tasks.js', import.meta.url) }).start()
console.log(await inThread.run(7))
await app.close()
`,
    )
    const { stdout, stderr } = await run(process.execPath, ['worker.js'], { cwd: home })
    expect([stdout, stderr]).toEqual(['[ 7, true ]\n', ''])
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
