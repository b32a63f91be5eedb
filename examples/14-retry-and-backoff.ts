import type { RequestListener } from 'node:http'
import { App } from '@arpeggio/canvas'
import { listen } from './listen.ts'

/** The server is busy: worth another try. */
class Busy extends Error {
  override readonly name = 'Busy'
  readonly retryAfter: string
  constructor(retryAfter: string) {
    super(`busy for ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

/** What may go well the next time is tried again, later each time; what cannot, is not. */
export async function run(app: App, print = console.log): Promise<void> {
  await using server = await listen(busyAtFirst(3))

  async function read(path: string): Promise<string> {
    const response = await fetch(new URL(path, server.origin))
    const text = await response.text()
    if (response.status === 503) throw new Busy(response.headers.get('retry-after') ?? '')
    if (!response.ok) throw new Error(text)
    return text
  }
  app.on('task-retry', ({ error, countdownMs }) => print(`${error}, again in ${countdownMs} ms`))

  // Twice as long each time. `retryBackoff: true` begins with a second; a random part of it is waited for unless
  // `retryJitter` is off, so that those who failed together do not come back together.
  const backoff = { retryBackoff: '20ms', retryJitter: false } as const
  const readPage = app.task({ name: 'readPage', autoretryFor: [Busy], maxRetries: 5, ...backoff }, read)
  print(await readPage.run('/tea'))
  // => Busy: busy for 60 s, again in 20 ms
  // => Busy: busy for 60 s, again in 40 ms
  // => Busy: busy for 60 s, again in 80 ms
  // => the page /tea

  // No other error is tried again.
  await readPage.run('/lost').catch((error) => print(error.message)) // => no page /lost

  // When no retry is left, it has failed with the last error.
  const hasty = app.task({ name: 'hasty', autoretryFor: [Busy], maxRetries: 1, ...backoff }, read)
  const failed = await hasty.delay('/fog')
  await failed.get().catch((error) => print(`${error}: ${error instanceof Busy}`))
  // => Busy: busy for 60 s, again in 20 ms
  // => Busy: busy for 60 s: true

  // The server says how long it will be busy: such a retry is asked for by the task itself. Run eagerly, the minutes
  // pass in no time.
  const polite = app.task({ name: 'polite', bind: true }, async (self, path: string) => {
    try {
      return await read(path)
    } catch (error) {
      if (!(error instanceof Busy)) throw error
      return self.retry({ countdown: `${Number(error.retryAfter)}s`, error })
    }
  })
  const eager = await polite.apply('/owl')
  print(await eager.get())
  // => Busy: busy for 60 s, again in 60000 ms
  // => Busy: busy for 60 s, again in 60000 ms
  // => Busy: busy for 60 s, again in 60000 ms
  // => the page /owl
}

/** A server that is too busy to give a page the first few times it is asked for it. */
function busyAtFirst(times: number): RequestListener {
  const asked = new Map<string, number>()
  return ({ url = '/' }, response) => {
    const before = asked.get(url) ?? 0
    asked.set(url, before + 1)
    if (url === '/lost') response.writeHead(404).end(`no page ${url}`)
    else if (before < times) response.writeHead(503, { 'retry-after': '60' }).end()
    else response.end(`the page ${url}`)
  }
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'retry-and-backoff' })
  await app.worker().start()
  await run(app)
}
