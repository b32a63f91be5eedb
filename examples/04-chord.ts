import { App, chord, group } from '@arpeggio/canvas'

/** A chord: a group, and a body that takes its list when every member is done. */
export async function run(app: App, print = console.log): Promise<void> {
  const square = app.task('square', (n: number) => n * n)
  const total = app.task('total', (numbers: number[]) => numbers.reduce((a, b) => a + b, 0))
  const half = app.task('half', (n: number) => n / 2)

  const squares = [1, 2, 3, 4].map((n) => square.s(n))

  // A group and a step after it are a chord.
  const sum = group(squares).pipe(total.s())
  print(await sum.run()) // => 30

  // The same in other words; the last is Celery's own.
  print(chord(squares, total.s()).equals(sum)) // => true
  print(chord(squares)(total.s()).equals(sum)) // => true

  // What follows a chord follows its body.
  const mean = sum.pipe(half.s(), half.s())
  print(await mean.run()) // => 7.5

  // The handle is the body's, and the header is its parent.
  const result = await sum.delay()
  await result.get()
  print(await result.parent?.get()) // => [ 1, 4, 9, 16 ]

  // A chord of nobody still runs its body.
  print(await chord([], total.s()).run()) // => 0
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'chord' })
  await app.worker().start()
  await run(app)
}
