import { EventEmitter, once } from 'node:events'
import { App, SoftTimeLimitExceeded } from '@arpeggio/canvas'
import { listen } from './listen.ts'

/** `self.signal` tells a task when to stop: its time is over, or nobody wants its value any more. */
export async function run(app: App, print = console.log): Promise<void> {
  // A server that takes every question, and never answers. It tells when somebody asks, and when he hangs up.
  const line = new EventEmitter()
  await using server = await listen(({ url }, response) => {
    response.once('close', () => line.emit(`hung up ${url}`))
    line.emit(`asked ${url}`)
  })

  // At its soft limit a task is asked to stop. `fetch` listens to the signal, and so stops with its reason.
  const ask = app.task({ name: 'ask', bind: true }, async (self, path: string) => {
    const response = await fetch(new URL(path, server.origin), { signal: self.signal })
    return response.text()
  })
  const limited = await ask.s('/tea').set({ softTimeLimit: '50ms' }).delay()
  await limited.get().catch((error) => print(String(error)))
  // => SoftTimeLimitExceeded: ask ran longer than the 50 ms it may take

  // A task may tidy up then, and still give a value.
  const search = app.task({ name: 'search', bind: true, softTimeLimit: '50ms' }, async (self) => {
    const found = ['a first guess']
    try {
      found.push(await (await fetch(server.origin, { signal: self.signal })).text())
    } catch (error) {
      if (!(error instanceof SoftTimeLimitExceeded)) throw error
    }
    return found
  })
  print(await search.run()) // => [ 'a first guess' ]

  // At its hard limit it fails, whatever it does: this one listens to nobody. Its slot is free for others.
  const stuck = app.task({ name: 'stuck', timeLimit: '50ms' }, () => new Promise<string>(() => {}))
  await stuck.run().catch((error) => print(String(error)))
  // => TimeLimitExceeded: stuck ran longer than the 50 ms it may take

  // What was revoked is stopped in the same way, while it runs; what follows it ends, too.
  const show = app.task('show', (answer: string) => answer)
  const [asked, hungUp] = [once(line, 'asked /fog'), once(line, 'hung up /fog')]
  const shown = await ask.s('/fog').pipe(show.s()).set({ taskId: 'fog' }).delay()
  await asked
  await shown.parent?.revoke()
  await hungUp
  await shown.get().catch((error) => print(String(error))) // => TaskRevokedError: ask (fog.0) was revoked
  print(await shown.state()) // => REVOKED

  // To stop a whole run, wherever it is: cancel it.
  const again = once(line, 'asked /owl')
  const whole = await ask.s('/owl').pipe(show.s()).delay()
  await again
  await whole.run.cancel()
  print(await whole.run.finished()) // => { total: 2, done: 2, failed: 1, over: true }
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'time-limits-and-abort' })
  await app.worker().start()
  await run(app)
}
