import { App, chain, type Failure } from '@arpeggio/canvas'

/** A link takes the value of what succeeded, an errback the failure of what failed. */
export async function run(app: App, print = console.log): Promise<void> {
  const divide = app.task('divide', (a: number, b: number) => {
    if (b === 0) throw new RangeError(`${a} cannot be divided by zero`)
    return a / b
  })
  const increment = app.task('increment', (n: number) => n + 1)
  const note = app.task('note', (value: number, what: string) => print(what, value))
  const alarm = app.task('alarm', ({ task, args, error }: Failure, whom: string) => {
    print(`tell ${whom}: ${task}(${args.join(', ')}) failed: ${error.message}`)
  })
  const cleanUp = app.task('cleanUp', () => print('cleaned up'))

  // A link stands aside: it takes the value, and the workflow goes on without it.
  const linked = divide.s(6, 3).link(note.s('divided:')).pipe(increment.s())
  print(String(linked)) // => divide(6, 3).link(note('divided:')) | increment()
  await (await linked.delay()).run.finished() // => divided: 2

  // On a chain it belongs to the chain as a whole, also when that is composed further.
  const both = chain(divide.s(8, 2), increment.s()).link(note.s('both:'))
  await (await both.pipe(increment.s()).delay()).run.finished() // => both: 5

  // An errback takes the failure, in front of its own arguments; an immutable one takes nothing.
  const risky = chain(divide.s(1, 0), increment.s()).onError(alarm.s('ops'), cleanUp.si())
  const result = await risky.delay()
  await result.run.finished()
  // => tell ops: divide(1, 0) failed: 1 cannot be divided by zero
  // => cleaned up

  // get() throws the error of the step that failed, as the class it was.
  await result.get().catch((error) => print(error instanceof RangeError, error.message))
  // => true 1 cannot be divided by zero
  print(await result.state()) // => FAILURE
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'links-and-errors' })
  await app.worker().start()
  await run(app)
}
