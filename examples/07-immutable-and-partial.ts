import { App, chain, signature } from '@arpeggio/canvas'

/** Signatures are values: nothing changes them, everything makes new ones. */
export async function run(app: App, print = console.log): Promise<void> {
  const subtract = app.task('subtract', (a: number, b: number) => a - b)
  const render = app.task('render', (n: number, options?: { unit: string }) => `${n} ${options?.unit ?? ''}`)

  // A partial holds the last arguments; what it misses goes in front, now or when it is sent.
  const lessTwo = subtract.s(2)
  print(await lessTwo.run(10)) // => 8
  print(String(lessTwo.clone([10]))) // => subtract(10, 2)
  print(String(lessTwo)) // => subtract(2)

  // In a chain, the previous result goes there; an immutable signature (`.si()`) takes none.
  print(await chain(subtract.s(10, 1), lessTwo).run()) // => 7
  print(await chain(subtract.s(10, 1), subtract.si(5, 2)).run()) // => 3
  print(String(chain(subtract.s(10, 1), subtract.si(5, 2)))) // => subtract(10, 1) | subtract!(5, 2)

  // Keyword arguments arrive as one last object.
  print(await render.s(3).kw({ unit: 'km' }).run()) // => 3 km

  // Options say how it is run, never what it means; each call gives a new value.
  const urgent = lessTwo.set({ priority: 9, expires: '1m' }).stamp({ tenant: 7 })
  print(urgent.equals(lessTwo), Object.isFrozen(urgent)) // => false true
  print(await urgent.run(3)) // => 1

  // As JSON it is what Celery would write, and it comes back equal.
  const json = JSON.stringify(urgent)
  const read = signature<number, [number]>(json, app)
  print(read.equals(urgent), await read.run(5)) // => true 3
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'immutable-and-partial' })
  await app.worker().start()
  await run(app)
}
