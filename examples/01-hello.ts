import { App } from '@arpeggio/canvas'

/** A task is a function. A signature is a call of it, as a value. A worker runs what was sent. */
export async function run(app: App, print = console.log): Promise<void> {
  const hello = app.task('hello', (name: string) => `hello, ${name}`)

  // Called, a task runs here and now, like the function it is.
  print(hello('you')) // => hello, you

  // `.s()` writes the call down instead: to keep, to draw, to compose, to send.
  const greeting = hello.s('world')
  print(String(greeting)) // => hello('world')

  // `.delay()` sends it. The handle that comes back knows how it stands, and waits when asked to.
  const result = await greeting.delay()
  print(await result.get()) // => hello, world
  print(await result.state()) // => SUCCESS

  // `.run()` is both in one breath.
  print(await hello.run('everyone')) // => hello, everyone
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'hello' })
  await app.worker().start()
  await run(app)
}
