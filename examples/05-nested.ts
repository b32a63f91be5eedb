import { App, chain, chord, group } from '@arpeggio/canvas'

/** Any canvas fits wherever a call fits: chains in groups, groups in groups, chords in chords. */
export async function run(app: App, print = console.log): Promise<void> {
  const words = app.task('words', (text: string) => text.split(' '))
  const count = app.task('count', (list: string[]) => list.length)
  const longest = app.task('longest', (list: string[]) =>
    list.reduce((a, b) => (b.length > a.length ? b : a)),
  )
  const total = app.task('total', (numbers: number[]) => numbers.reduce((a, b) => a + b, 0))
  const facts = app.task('facts', ([n, word]: [number, string]) => `${n} words, the longest is ${word}`)

  // A diamond: one value, two ways, and together again. The compiler knows that facts takes [number, string].
  const describe = words.s().pipe(group(count.s(), longest.s()), facts.s())
  print(await describe.run('to be or not to be, perhaps')) // => 7 words, the longest is perhaps

  // Nested groups keep their shape.
  const perVerse = (verses: string[]) => group(verses.map((verse) => words.s(verse).pipe(count.s())))
  const song = group(perVerse(['one two', 'three']), perVerse(['four five six']))
  print(await song.run()) // => [ [ 2, 1 ], [ 3 ] ]

  // A chord is a member like any other: the outer one waits for the inner body.
  const inner = perVerse(['one two', 'three']).pipe(total.s())
  const outer = chord([inner, perVerse(['four five six']).pipe(total.s())], total.s())
  print(await outer.run()) // => 6

  // How steps are bracketed changes nothing.
  const a = words.s('x y z')
  print(chain(a, chain(count.s())).equals(chain(chain(a), count.s()))) // => true
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'nested' })
  await app.worker().start()
  await run(app)
}
