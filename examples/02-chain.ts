import { App, chain } from '@arpeggio/canvas'

/** A chain: each step takes what the step before gives, and the compiler checks that it can. */
export async function run(app: App, print = console.log): Promise<void> {
  const words = app.task('words', (text: string) => text.split(' '))
  const longest = app.task('longest', (list: string[]) =>
    list.reduce((a, b) => (b.length > a.length ? b : a)),
  )
  const repeat = app.task('repeat', (word: string, times: number) => word.repeat(times))

  // The previous result goes in front of the arguments a step has: repeat(longest, 2).
  const shout = words.s('a short story').pipe(longest.s(), repeat.s(2))
  print(String(shout)) // => words('a short story') | longest() | repeat(2)
  print(await shout.run()) // => shortshort

  // `chain(a, b)`, `pipe(a, b)` and `a.pipe(b)` mean the same, however the steps are put together.
  const again = chain(words.s('a short story'), chain(longest.s(), repeat.s(2)))
  print(again.equals(shout)) // => true

  // What a chain still misses at its beginning is given when it is sent.
  const longestOf = words.s().pipe(longest.s())
  print(await longestOf.run('the quick brown elephant')) // => elephant

  // The handle is the last step's; its parents are the steps before.
  const result = await shout.delay()
  await result.get()
  print(await result.parent?.get()) // => short
  print(await result.parent?.parent?.get()) // => [ 'a', 'short', 'story' ]
  print(await result.run.progress()) // => { total: 3, done: 3, failed: 0, over: true }

  // `words.s('x').pipe(repeat.s(2))` does not compile: words gives string[], repeat takes string.
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'chain' })
  await app.worker().start()
  await run(app)
}
