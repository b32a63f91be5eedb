import type { Form } from './probe.ts'

/*
 * A page of Markdown as a program. Its `ts` blocks are one module, line for line, so that whatever is said about the
 * module is said about the page:
 *
 * - What stands before the first `##` heading is there for the whole page. What a section declares ends with it.
 * - `value // => text` tells what an expression or a `const` is, or what a `console.log` prints.
 * - `code() // throws Name: message` tells what it throws.
 * - A block whose fence says ```` ```ts name.ts ```` is no part of it, but a file beside it, for the page to import.
 * - `code() // does not compile` is only shown to the compiler, which must refuse it. What may follow,
 *   `// does not compile: some text`, is part of what the compiler says.
 * - Each of these may also stand on a line of its own after the statement, and each text may be `(the next block)`.
 */

/** A fenced block. Lines are numbered from 1, as editors do. */
export interface Block {
  readonly language: string
  /** The file it is, if it is one of its own. */
  readonly file: string | null
  readonly line: number
  readonly lines: readonly string[]
}

/** What a comment promises. */
export interface Promised {
  readonly line: number
  readonly form: Form
  readonly text: string
}

/** A statement that does not compile: where it is, and part of what the compiler says. */
export interface Refused {
  readonly line: number
  readonly until: number
  readonly text: string
}

export interface Page {
  readonly name: string
  readonly blocks: readonly Block[]
  /** What its code shows, in order; what it throws is shown, too. */
  readonly shows: readonly Promised[]
  readonly refused: readonly Refused[]
  /** The program, line for line as the page. */
  readonly module: string
  /** What lies beside it. */
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

/** Languages of blocks that are there to be read, not to be run. */
export const READ_ONLY: readonly string[] = ['sh', 'json', 'text', 'mermaid', 'python']

/** Reads a page. `probe` is the file that its code shows things to. */
export function readPage(name: string, markdown: string, probe: string): Page {
  const source = markdown.split('\n')
  const blocks = [...blocksOf(source)]
  const module = source.map(() => '')
  const imports: string[] = []
  const shows: Promised[] = []
  const refused: Refused[] = []

  let open = ''
  for (const line of sectionsOf(source, blocks)) {
    module[line - 1] = `${open}{`
    open = '}'
  }
  module.push(open)

  for (const [nth, block] of blocks.entries()) {
    if (block.language !== 'ts' || block.file !== null) continue
    for (const statement of statementsOf(block, blocks[nth + 1])) {
      const { line, code, marks } = statement
      if (code[0]?.startsWith('import ')) {
        imports.push(code.join(' '))
        continue
      }
      for (const mark of marks) {
        if (mark.kind === 'refused') refused.push({ line, until: mark.line, text: mark.text })
        else shows.push(mark)
      }
      for (const [i, text] of wrapped(statement).entries()) module[line - 1 + i] = text
    }
  }

  const from = JSON.stringify(probe)
  const tools = `import { $refused, $shows, $throws } from ${from}`
  const printing = `import ${from}` // also where no tool is used, and its import is left out
  module[0] = [tools, printing, ...imports, 'export {}', ''].join(';')
  const files = blocks.flatMap(({ file, lines }) =>
    file === null ? [] : [{ name: file, text: lines.join('\n') }],
  )
  return { name, blocks, shows, refused, module: module.join('\n'), files }
}

function* blocksOf(source: readonly string[]): Generator<Block> {
  for (let i = 0; i < source.length; i++) {
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(source[i] as string)
    if (fence === null) continue
    const start = i++
    while (i < source.length && source[i]?.trim() !== fence[1]) i++
    const [language = '', file = null] = (fence[2] as string).trim().split(' ')
    yield { language, file, line: start + 1, lines: source.slice(start + 1, i) }
  }
}

/** The lines of `##` headings. Sections are scopes: one ends where the next begins. */
function sectionsOf(source: readonly string[], blocks: readonly Block[]): number[] {
  const inBlock = (line: number) => blocks.some((b) => line >= b.line && line <= b.line + b.lines.length)
  return source.flatMap((text, i) => (text.startsWith('## ') && !inBlock(i + 1) ? [i + 1] : []))
}

interface Mark extends Promised {
  readonly kind: 'shows' | 'throws' | 'refused'
}

interface Statement {
  readonly line: number
  readonly code: readonly string[]
  readonly marks: readonly Mark[]
}

const MARK = /^(.*?)\s*\/\/\s*(=>|throws|does not compile)(?:(?:: ?| )(.*))?$/
const KINDS: Record<string, Mark['kind']> = { '=>': 'shows', throws: 'throws', 'does not compile': 'refused' }

/** A statement begins in the first column, and goes on until the next one does. */
function* statementsOf(block: Block, next: Block | undefined): Generator<Statement> {
  let open: { line: number; code: string[]; marks: Mark[] } | null = null
  for (const [i, text] of block.lines.entries()) {
    const line = block.line + 1 + i
    const [, code = text, sign, said = ''] = MARK.exec(text) ?? []
    if (/^[^\s)\]}.]/.test(code) && !code.startsWith('//')) {
      if (open !== null) yield open
      open = { line, code: [], marks: [] }
    }
    if (open === null) {
      if (sign === undefined && (code.trim() === '' || code.startsWith('//'))) continue
      throw new Error(`line ${line}: a block begins with a statement, in the first column`)
    }
    if (sign !== undefined) open.marks.push(markOf(KINDS[sign] ?? 'shows', line, said, next))
    open.code.push(code.startsWith('//') ? '' : code)
  }
  if (open !== null) yield open
}

function markOf(kind: Mark['kind'], line: number, text: string, next: Block | undefined): Mark {
  if (text !== '(the next block)') return { kind, line, form: 'literal', text }
  if (next === undefined) throw new Error(`line ${line}: no block follows`)
  const form = kind !== 'shows' ? 'literal' : next.language === 'json' ? 'json' : 'text'
  return { kind, line, form, text: next.lines.join('\n') }
}

const NO_EXPRESSION = /^(const|let|for|while|if|function|class|interface|type|await using)\b/

/** The statement with what its mark asks for around it. A mark on no expression is about what it prints. */
function wrapped({ line, code, marks }: Statement): readonly string[] {
  const [mark] = marks
  const first = code[0] as string
  if (mark === undefined) return code
  const at = `${mark.line}, '${mark.form}'`
  const named = /^(?:const|let) (\w+)\b/.exec(first)
  if (mark.kind === 'shows' && named) return around('', `; $shows(${at}, ${named[1]})`, code)
  if (mark.kind === 'shows' && (NO_EXPRESSION.test(first) || first.startsWith('console.log('))) return code
  if (NO_EXPRESSION.test(first)) throw new Error(`line ${line}: only an expression can be said to fail`)
  switch (mark.kind) {
    case 'shows':
      return around(`;$shows(${at}, (`, '))', code)
    case 'throws':
      return around(`;await $throws(${mark.line}, async () => (`, '))', code)
    case 'refused':
      return around(';$refused(async () => (', '))', code)
  }
}

function around(before: string, after: string, code: readonly string[]): string[] {
  const last = code.findLastIndex((text) => text.trim() !== '')
  return code.map((text, i) => (i === 0 ? before : '') + text + (i === last ? after : ''))
}
