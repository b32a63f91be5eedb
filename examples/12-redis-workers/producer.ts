import { chord } from '@arpeggio/canvas'
import { connect } from './tasks.ts'

/** A producer: it sends, and waits if it wants to. It runs no task itself. */
export async function produce(url: string, print = console.log): Promise<void> {
  const { app, countWords, total, bake } = connect(url)
  await using _closed = app

  const lines = ['the quick brown fox', 'jumps over', 'the lazy dog']
  const words = chord(
    lines.map((line) => countWords.s(line)),
    total.s(),
  )
  print(await words.run()) // => 9

  // A handle can be made anywhere, from the id alone.
  const { id } = await countWords.delay('left on a note')
  print(await app.result<number>(id).get()) // => 4

  // While a worker bakes, it is killed. Another one begins anew, a lease later, and nobody else notices.
  const baking = await bake.delay(5)
  let killed = 0
  const pid = await baking.get({
    onMessage({ state, meta }) {
      if (killed > 0 || state !== 'BAKING') return
      killed = (meta as { pid: number }).pid
      process.kill(killed, 'SIGKILL')
    },
  })
  print('killed:', killed > 0, 'baked by another one:', pid !== killed) // => killed: true baked by another one: true
}
