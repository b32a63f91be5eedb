/*
 * Programs as a user would write them, as wide and as long as nobody would: what they cost is what the types of this library cost
 * the compiler.
 */

/** A program, and what it is about. */
export interface Drawing {
  readonly name: string
  readonly text: string
}

const HEAD = `import { App, chain, chord, group } from '@arpeggio/canvas'
const app = new App()
const first = app.task('first', (n: number) => n)
const length = app.task('length', (text: string) => text.length)
const spell = app.task('spell', (n: number) => String(n))
const join = app.task('join', (both: [number, string]) => both[0] + both[1].length)
export const used = [app, chain, chord, group, first, length, spell, join]
`

/** The first one draws nothing: what it costs, all the others cost as well. */
export const DRAWINGS: readonly Drawing[] = [
  { name: 'imports alone', text: HEAD },
  drawing('one .pipe() of 100 steps', `first.s(1).pipe(${steps(100).join(', ')})`),
  drawing('one .pipe() of 900 steps', `first.s(1).pipe(${steps(900).join(', ')})`),
  drawing('100 times .pipe()', `first.s(1)${steps(100).map(piped).join('')}`),
  drawing('900 times .pipe()', `first.s(1)${steps(900).map(piped).join('')}`),
  drawing('chain() of 900 steps', `chain(first.s(1), ${steps(900).join(', ')})`),
  drawing('group() of a tuple of 200', `group(${members(200).join(', ')})`),
  drawing('chord() of a tuple of 200, its body takes the tuple', bodyOf(200)),
  drawing('100 chords of tuples in a row', `first.s(1)${Array.from({ length: 100 }, chordStep).join('')}`),
]

function drawing(name: string, expression: string): Drawing {
  return { name, text: `${HEAD}export const drawn = ${expression}\n` }
}

function steps(count: number): string[] {
  return Array.from({ length: count }, (_, n) => (n % 2 === 0 ? 'spell.s()' : 'length.s()'))
}

function members(count: number): string[] {
  return Array.from({ length: count }, (_, n) => (n % 2 === 0 ? `first.s(${n})` : `spell.s(${n})`))
}

function bodyOf(count: number): string {
  const types = Array.from({ length: count }, (_, n) => (n % 2 === 0 ? 'number' : 'string'))
  return `chord([${members(count).join(', ')}], app.task('all', (all: [${types.join(', ')}]) => all.length).s())`
}

function piped(step: string): string {
  return `\n  .pipe(${step})`
}

function chordStep(): string {
  return '\n  .pipe(group(first.s(), spell.s()))\n  .pipe(join.s())'
}
