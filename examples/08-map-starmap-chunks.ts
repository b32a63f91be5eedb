import { App } from '@arpeggio/canvas'

/** Many small calls in few messages. */
export async function run(app: App, print = console.log): Promise<void> {
  const double = app.task('double', (n: number) => n * 2)
  const add = app.task('add', (a: number, b: number) => a + b)
  const total = app.task('total', (lists: number[][]) => lists.flat().reduce((a, b) => a + b, 0))

  // map: one message, one call for each item, one after another.
  print(await double.map([1, 2, 3]).run()) // => [ 2, 4, 6 ]

  // starmap: the same with argument lists.
  const pairs = [1, 2, 3].map((n): [number, number] => [n, 10])
  print(await add.starmap(pairs).run()) // => [ 11, 12, 13 ]

  // chunks: a group of starmaps, for workers to share; gives a list of lists.
  const chunked = add.chunks(pairs, 2)
  print(String(chunked)) // => add.chunks([[1, 10], [2, 10], [3, 10]], 2)
  print(await chunked.run()) // => [ [ 11, 12 ], [ 13 ] ]

  // They compose like any canvas: a step after chunks is the body of a chord.
  print(await chunked.pipe(total.s()).run()) // => 36
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'map-starmap-chunks' })
  await app.worker().start()
  await run(app)
}
