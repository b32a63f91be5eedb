import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../../../..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

// Measured at 1.6 s of checking for the first and 0.3 s for each of the others. The limit is for what grows out of hand.
const LIMIT = 30_000

test('900 steps piped fluently are checked, every edge', { timeout: LIMIT }, async () => {
  const steps = Array.from({ length: 899 }, (_, i) => `  .pipe(t${i + 1}.s(1))`)
  expect(await check([...tasks(900), 'export const line = t0.s(1)', ...steps])).toEqual([])
})

test('a chain of 200 steps is checked, every edge', { timeout: LIMIT }, async () => {
  const steps = Array.from({ length: 200 }, (_, i) => (i === 100 ? 't7.s(1)' : `t${i}.s(1)`))
  const complaints = await check([...tasks(200), `export const line = chain(${steps.join(', ')})`])
  expect(complaints).toEqual([
    expect.stringContaining("{ 'this step takes': [previous: V6]; 'the step before gives': V99; }"),
  ])
})

test('a group of 200 different members is a tuple of 200', { timeout: LIMIT }, async () => {
  const members = Array.from({ length: 200 }, (_, i) => `t${i}.si(null as never, 1)`)
  expect(
    await check([
      ...tasks(200),
      `export const all = group(${members.join(', ')})`,
      'export const last = async (): Promise<V199> => (await all.run())[199]',
    ]),
  ).toEqual([])
})

test('what does not fit is told in words', async () => {
  const complaints = await check([
    'declare const index: Task<() => Map<string, number>>',
    'declare const look: Task<(value: unknown, at: number) => { seen: Set<string>; at: number }>',
    'declare const size: Task<(map: Map<string, number>) => number>',
    'index.s().pipe(look.s(1))',
    'index.s().pipe(look.si({}, 1))',
    'group(index.s()).pipe(look.s(1))',
    'look.s({}, 1).pipe(look.s(1))',
    'size.delay(new Map())',
    'look.map([1])',
    'index.map([1])',
  ])
  const says = (text: string): unknown => expect.stringContaining(text)
  expect(complaints).toEqual([
    says("{ 'this step takes': [value: unknown]; 'the step before gives': NotJson<\"a Map\">; }"),
    says("{ 'this step takes': unknown; 'the step before gives': NotJson<\"a Map\">; }"),
    says("{ 'this step takes': [value: unknown]; 'the step before gives': [NotJson<\"a Map\">]; }"),
    says('\'the step before gives\': NotJson<{ seen: "a Set"; }>; }'),
    says("Property ''this cannot travel as JSON'' is missing in type 'Map<any, any>' but required in type"),
    says("{ 'this task takes': [value: unknown, at: number]; 'map gives it': \"one argument\"; }"),
    says("{ 'this task takes': []; 'map gives it': \"one argument\"; }"),
  ])
})

test('a body that does not take the list of a header is told in words, however the header was written', async () => {
  const complaints = await check([
    'declare const one: Task<(n: number) => number>',
    'declare const text: Task<() => string>',
    'declare const total: Task<(numbers: number[]) => number>',
    'chord([one.s(1), text.s()], total.s())',
    'chord([chord([one.s(1)], total.s()), text.s()], total.s())',
    'chord([chord([one.s(1)], total.s()), text.s()])(total.s())',
    'chord(group(chord([one.s(1)], total.s()), text.s()), total.s())',
    'chord([1, 2].map(() => text.s()), total.s())',
  ])
  const pair = "{ 'this step takes': [numbers: number[]]; 'the step before gives': [number, string]; }"
  const list = "{ 'this step takes': [numbers: number[]]; 'the step before gives': string[]; }"
  expect(complaints).toEqual([pair, pair, pair, pair, list].map((told) => expect.stringContaining(told)))
})

test('what is misspelt among the options of a chord is told with what was meant, wherever its body stands', async () => {
  const complaints = await check([
    'declare const one: Task<() => number>',
    'declare const sum: Task<(numbers: number[]) => number>',
    "chord([one.s()], sum.s(), { polcy: 'settle' })",
    "chord([one.s()], { polcy: 'settle' })(sum.s())",
    "chord([one.s()], { policy: 'setle' })(sum.s())",
    'chord([one.s()], 5)',
  ])
  expect(complaints).toEqual([
    expect.stringContaining("Did you mean to write 'policy'?"),
    expect.stringContaining("Did you mean to write 'policy'?"),
    expect.stringContaining('Did you mean \'"settle"\'?'),
    expect.stringContaining("'this is no signature, and these are no options of a chord'"),
  ])
})

test('what is misspelt among the options of a task is told with what was meant, bound or not', async () => {
  const complaints = await check([
    'declare const app: { readonly task: TaskMaker }',
    'declare const words: StandardSchema<string>',
    "app.task({ name: 'plain', maxRetriez: 3 }, (n: number) => n)",
    "app.task({ name: 'bound', bind: true, maxRetriez: 3 }, (self, n: number) => self.request.id + n)",
    "app.task({ name: 'bound', bind: true, retryBackof: true, base: { state: () => 5 } }, (self) => self.state)",
    "app.task({ name: 'bound', bind: true, maxRetries: '3' }, (self) => self.request.id)",
    "app.task({ name: 'schema', bind: true, schema: { args: [words] } }, (self, n: number) => [self, n])",
  ])
  const says = (text: string): unknown => expect.stringContaining(text)
  expect(complaints).toEqual([
    says("'maxRetriez' does not exist in type 'TaskOptions'. Did you mean to write 'maxRetries'?"),
    says("'maxRetriez' does not exist in type 'TaskOptions'. Did you mean to write 'maxRetries'?"),
    says("'retryBackof' does not exist in type 'TaskOptions'. Did you mean to write 'retryBackoff'?"),
    says("Type 'string' is not assignable to type 'number'"),
    says("'these options want another function'"),
  ])
  expect(complaints.filter((complaint) => /type '(true|false)'/.test(complaint))).toEqual([])
})

/** Tasks in a row: each takes what the one before gives, and one number. */
function tasks(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const previous = i === 0 ? 'string' : `V${i - 1}`
    return `interface V${i} { readonly v${i}: number; readonly list: readonly V${i}[] }
export declare const t${i}: Task<(previous: ${previous}, n: number) => Promise<V${i}>>`
  })
}

/** What the compiler says of a program. */
async function check(program: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'arpeggio-edges-'))
  try {
    const imports = `import { chain } from '${here}/../chain.ts'
import { chord } from '${here}/../chord.ts'
import { group } from '${here}/../group.ts'
import type { Task, TaskMaker } from '${here}/../task.ts'
import type { StandardSchema } from '${here}/../tasks/schema.ts'
export const imported = [chain, chord, group]
export type Imported = [Task<() => void>, TaskMaker, StandardSchema]`
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'program.ts'), [imports, ...program].join('\n'))
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.check.json'),
        compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
        include: ['program.ts'],
      }),
    )
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], (_error, stdout) =>
        resolve(stdout),
      )
    })
    return output.split(/\n(?! )/).filter((complaint) => complaint.includes('program.ts'))
  } finally {
    await rm(folder, { recursive: true })
  }
}
