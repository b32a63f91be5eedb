import { App, group } from '@arpeggio/canvas'

/** A group: members side by side. Its value is the list of theirs, in the order they were drawn. */
export async function run(app: App, print = console.log): Promise<void> {
  const add = app.task('add', (a: number, b: number) => a + b)
  const hello = app.task('hello', (name: string) => `hello, ${name}`)
  const sleep = app.task('sleep', async (ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return ms
  })

  // Of an array it gives an array; whoever finishes first, the order stays.
  const naps = group([30, 1, 10].map((ms) => sleep.s(ms)))
  print(await naps.run()) // => [ 30, 1, 10 ]

  // Of different signatures it gives a tuple: [number, string].
  const [sum, greeting] = await group(add.s(1, 2), hello.s('you')).run()
  print(sum.toFixed(2), greeting.toUpperCase()) // => 3.00 HELLO, YOU

  // The handle of a group has one handle per member.
  const results = await group([1, 2, 3].map((n) => add.s(n, n))).delay()
  for (const member of results) print(await member.get())
  // => 2
  // => 4
  // => 6
  print(await results.completedCount(), 'of', results.length) // => 3 of 3

  // After another step, every member takes that step's value.
  const table = add.s(1, 1).pipe(group([10, 20].map((n) => add.s(n))))
  print(String(table)) // => add(1, 1) | group(add(10), add(20))
  print(await table.run()) // => [ 12, 22 ]

  // A group of one gives a list of one, and an empty group the empty list.
  print(await group([add.s(1, 2)]).run()) // => [ 3 ]
  print(await add.s(1, 1).pipe(group([])).run()) // => []
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'group' })
  await app.worker().start()
  await run(app)
}
