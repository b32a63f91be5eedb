import { App, chord, group } from '@arpeggio/canvas'

/** A running task may put another canvas in its own place: the workflow takes the shape its data asks for. */
export async function run(app: App, print = console.log): Promise<void> {
  const listFiles = app.task('listFiles', (folder: string) =>
    ['a', 'bc', 'def'].map((name) => `${folder}/${name}`),
  )
  const measure = app.task('measure', (file: string) => file.length)
  const total = app.task('total', (sizes: number[]) => sizes.reduce((a, b) => a + b, 0))
  const label = app.task('label', (size: number) => `${size} bytes`)

  // How many files there are is only known on the way: then this task becomes a chord over them.
  const measureAll = app.task({ name: 'measureAll', bind: true }, (self, files: string[]): number => {
    const sizes = files.map((file) => measure.s(file))
    return self.replace(chord(sizes, total.s()))
  })
  const workflow = listFiles.s('/tmp').pipe(measureAll.s(), label.s())
  print(String(workflow)) // => listFiles('/tmp') | measureAll() | label()

  // What came after it comes after the replacement, which has its id; so nobody else notices.
  const result = await workflow.delay()
  print(await result.get()) // => 21 bytes
  print(await result.parent?.get()) // => 21
  print(await result.run.progress()) // => { total: 6, done: 6, failed: 0, over: true }

  // By another call of itself it is a loop that keeps no stack; by a group it gives the list.
  const countDown = app.task(
    { name: 'countDown', bind: true },
    (self, n: number, seen: number[]): number[] => {
      return n === 0 ? seen : self.replace(countDown.s(n - 1, [...seen, n]))
    },
  )
  print(await countDown.run(4, [])) // => [ 4, 3, 2, 1 ]

  // A member of a chord may add members to it.
  const split = app.task({ name: 'split', bind: true }, (self, text: string) => {
    const [head = '', ...rest] = text.split(' ')
    if (rest.length > 0) self.addToChord(split.s(rest.join(' ')))
    return head.length
  })
  const lengths = group([split.s('one three five')])
  print(await lengths.pipe(total.s()).run()) // => 12
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'replace-and-fan-out' })
  await app.worker().start()
  await run(app)
}
