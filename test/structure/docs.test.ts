import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Page, READ_ONLY, readPage } from './page.ts'
import type { Form, Shown } from './probe.ts'

/*
 * The pages are programs: what they show is what they give, what they say does not compile does not, and everything
 * else does. How a page is read is told in page.ts.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROBE = join(import.meta.dirname, 'probe.ts')
/** Reads TypeScript, in threads as well. */
const TYPESCRIPT = new URL('../support/typescript.mjs', import.meta.url).href

const pages: readonly Page[] = [...readdirSync(ROOT), ...below('docs'), ...readmes()]
  .filter((file) => file.endsWith('.md'))
  .map((file) => readPage(file, readFileSync(join(ROOT, file), 'utf8'), PROBE))
const programs = pages.filter(({ blocks }) => blocks.some(({ language }) => language === 'ts'))

function below(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f))
}

/** What a package says of itself where it is published. */
function readmes(): string[] {
  return readdirSync(join(ROOT, 'packages'))
    .map((name) => join('packages', name, 'README.md'))
    .filter((file) => existsSync(join(ROOT, file)))
}

/** A folder from which the packages are found as users find them. */
let folder: string

beforeAll(() => {
  const cache = join(ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'pages-'))
  for (const page of programs) {
    writeFileSync(fileOf(page), page.module)
    for (const { name, text } of page.files) writeFileSync(join(folder, name), text)
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false }
  const config = { extends: join(ROOT, 'tsconfig.check.json'), compilerOptions, include: ['*.mts', '*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf({ name }: Page): string {
  return join(folder, `${name.replaceAll('/', '-')}.mts`)
}

describe('a page', () => {
  it.concurrent.each(programs)(
    '$name shows what its code gives',
    async (page) => {
      const { name, shows } = page
      const { shown, stderr, exit } = await run(page)
      const given = shown.map(({ line, text }, i) => {
        const promised = shows[i]
        return `${name}:${line ?? promised?.line}  ${normal(text, promised?.form)}`
      })
      const promised = shows.map(({ line, text, form }) => `${name}:${line}  ${normal(text, form)}`)
      // What a page leaves undone, its app complains of.
      const said = stderr.replace(/^.*was closed while \d+ calls? waits? in .*\n/gm, '')
      expect({ given, stderr: said, exit }).toEqual({ given: promised, stderr: '', exit: 0 })
    },
    60_000,
  )

  it('compiles, but for what it says does not', async () => {
    const found = await compile()
    const isPage = (file: string) => programs.some((page) => file === fileOf(page))
    expect(found.filter(({ file }) => !isPage(file))).toEqual([])
    for (const page of programs) {
      const complaints = found.filter(({ file }) => file === fileOf(page))
      for (const { line, until, text } of page.refused) {
        const said = complaints.filter((one) => one.line >= line && one.line <= until)
        const all = squeezed(said.map(({ message }) => message).join(' '))
        expect.soft(all, `${page.name}:${line} compiles`).not.toBe('')
        expect.soft(all, `${page.name}:${line}`).toContain(squeezed(text))
      }
      const others = complaints.filter(
        ({ line }) => !page.refused.some((one) => line >= one.line && line <= one.until),
      )
      expect.soft(others.map(({ line, message }) => `${page.name}:${line}  ${message}`)).toEqual([])
    }
  }, 120_000)

  it('says of every block that it runs, or that it is there to be read', () => {
    // ARCHITECTURE.md draws its pictures without a word before them.
    const unmarked = pages.flatMap(({ name, blocks }) =>
      blocks.flatMap(({ language, line }) =>
        language === 'ts' || READ_ONLY.includes(language) || name === 'ARCHITECTURE.md'
          ? []
          : [`${name}:${line}  "${language}"`],
      ),
    )
    expect(unmarked).toEqual([])
  })

  it('with code promises something, and has no picture that its code has not drawn', () => {
    expect(programs.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/canvas.md',
        'docs/tasks.md',
        'docs/testing.md',
        ...readmes(),
      ]),
    )
    for (const { name, shows, blocks } of programs) {
      expect(shows.length, name).toBeGreaterThan(0)
      for (const { language, line, lines } of blocks) {
        if (language !== 'mermaid') continue
        const drawn = shows.some(({ form, text }) => form === 'text' && text === lines.join('\n'))
        expect(drawn, `${name}:${line}`).toBe(true)
      }
    }
  })

  it('links to files and headings that exist', () => {
    const broken = pages.flatMap(({ name }) => {
      const links = proseOf(name).matchAll(/\]\(([^)\s]+)\)/g)
      return Array.from(links, ([, link]) => link as string)
        .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(name, link))
        .map((link) => `${name}: ${link}`)
    })
    expect(broken).toEqual([])
  })

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const named = pages.flatMap(({ name }) =>
      Array.from(
        readFileSync(join(ROOT, name), 'utf8').matchAll(/npm run ([\w-]+)/g),
        ([, script]) => script,
      ),
    )
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((script) => !Object.hasOwn(scripts, script as string))).toEqual([])
  })
})

/** Runs a page as a user would run it: a process of its own, which must end by itself. */
async function run(page: Page): Promise<{ shown: Shown[]; stderr: string; exit: unknown }> {
  const node = spawn(
    process.execPath,
    ['--conditions=@arpeggio/source', `--import=${TYPESCRIPT}`, fileOf(page)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 45_000,
    },
  )
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(node.stdout),
    text(node.stderr),
    once(node, 'exit'),
  ])
  return { shown: stdout === '' ? [] : JSON.parse(stdout), stderr, exit: code ?? signal }
}

interface Complaint {
  readonly file: string
  readonly line: number
  message: string
}

/** What the compiler has to say about all pages, in one go. */
async function compile(): Promise<Complaint[]> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const node = spawn(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const complaints: Complaint[] = []
  for (const said of (await text(node.stdout)).split('\n')) {
    const [, file, line, message] = /^(\S.*)\((\d+),\d+\): (.*)$/.exec(said) ?? []
    const last = complaints.at(-1)
    if (file !== undefined) {
      complaints.push({ file: join(folder, file), line: Number(line), message: message as string })
    } else if (last !== undefined) last.message += `\n${said}`
    else if (said.trim() !== '') throw new Error(said)
  }
  return complaints
}

/** A text as it is compared: drawings line by line, JSON by what it says, all else whatever its spaces. */
function normal(text: string, form: Form = 'literal'): string {
  switch (form) {
    case 'literal':
      return squeezed(text)
    case 'text':
      return text.trimEnd()
    case 'json':
      return JSON.stringify(JSON.parse(text), null, 2)
  }
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** A page without its blocks. */
function proseOf(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? from : join(dirname(from), path)
  if (!existsSync(join(ROOT, file))) return false
  if (heading === undefined) return true
  const headings = proseOf(file).matchAll(/^#+ (.*)$/gm)
  return Array.from(headings, ([, title]) => slug(title as string)).includes(heading)
}

/** The name GitHub gives a heading. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}
