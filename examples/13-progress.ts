import { setTimeout as sleep } from 'node:timers/promises'
import { App } from '@arpeggio/canvas'

/** A task tells how far it is, and whoever waits for it shows that: with a bar on a terminal, with lines elsewhere. */
export async function run(app: App, print = console.log, terminal: Terminal | null = null): Promise<void> {
  const develop = app.task({ name: 'develop', bind: true }, async (self, photos: string[]) => {
    for (const [i, photo] of photos.entries()) {
      await sleep(100)
      await self.progress(i + 1, photos.length, photo)
    }
    return `${photos.length} photos`
  })

  const show = terminal === null ? lines(print) : bar(terminal)
  const developing = await develop.delay(['gate.jpg', 'lake.jpg', 'owl.jpg', 'rose.jpg'])
  const developed = await developing.get({
    onMessage: ({ state, meta }) => state === 'PROGRESS' && show(meta as HowFar),
  })
  // => 1 of 4: gate.jpg
  // => 2 of 4: lake.jpg
  // => 3 of 4: owl.jpg
  // => 4 of 4: rose.jpg
  print(developed) // => 4 photos
}

/** What `self.progress(done, total, note)` tells. */
type HowFar = { readonly done: number; readonly total: number; readonly note: string | null }

type Show = (howFar: HowFar) => void

function lines(print: (line: string) => void): Show {
  return ({ done, total, note }) => print(`${done} of ${total}: ${note}`)
}

/** What a bar is drawn on. */
interface Terminal {
  write(text: string): unknown
}

const CELLS = 24

function bar(terminal: Terminal): Show {
  return ({ done, total, note }) => {
    const filled = Math.round((done / total) * CELLS)
    const cells = '█'.repeat(filled) + '░'.repeat(CELLS - filled)
    terminal.write(`\r${cells} ${done} of ${total}: ${note}\x1b[K${done === total ? '\n' : ''}`)
  }
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'progress' })
  await app.worker().start()
  await run(app, console.log, process.stdout.isTTY ? process.stdout : null)
}
