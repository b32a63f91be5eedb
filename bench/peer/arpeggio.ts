import { App, type AsyncResult, chain, chord, type GroupResult, group } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import type { Crew, Producer, Side } from './side.ts'

/*
 * Our side. Many tasks at once are many `delay()`s at once, each a run of its own, as each job of the peer is a job of its own; or
 * one call, a group, which is one run. Its members come into the queue as workers spread them: when the call is back, all of them
 * are safe in Redis, but written down once and not as so many messages. Both ways are measured.
 */
export const arpeggio: Side = { produce, work }

function appAt(url: string): App {
  return new App({ logLevel: 'silent', backend: redisBackend(url, { warn: () => {} }) })
}

function tasksOf(app: App, ran: () => void) {
  return {
    noop: app.task('noop', (_n: number): null => {
      ran()
      return null
    }),
    same: app.task('same', (n: number) => n),
    next: app.task('next', (n: number) => n + 1),
    total: app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0)),
    count: app.task('count', (values: null[]) => values.length),
  }
}

function produce(url: string): Producer {
  const app = appAt(url)
  const { noop, same, next, total, count } = tasksOf(app, () => {})
  const sent: AsyncResult<null>[] = []
  const groups: GroupResult<null[]>[] = []
  const chordOf = (members: number) => {
    return chord(
      Array.from({ length: members }, (_, n) => same.s(n)),
      total.s(),
    )
  }
  return {
    async send(n) {
      sent.push(await noop.delay(n))
    },
    async sendMany(many) {
      for (const result of await Promise.all(Array.from({ length: many }, (_, n) => noop.delay(n))))
        sent.push(result)
    },
    async sendBulk(many) {
      groups.push(await group(Array.from({ length: many }, (_, n) => noop.s(n))).delay())
    },
    async succeeded() {
      const states = await Promise.all(sent.map((result) => result.state()))
      const completed = await Promise.all(groups.map((result) => result.completedCount()))
      return completed.reduce((a, b) => a + b, states.filter((state) => state === 'SUCCESS').length)
    },
    one: (n) => same.s(n).run(),
    chain: (steps) =>
      next
        .s(0)
        .pipe(chain(Array.from({ length: steps - 1 }, () => next.s())))
        .run(),
    chord: (members) => chordOf(members).run(),
    chords: (many, members) => Promise.all(Array.from({ length: many }, () => chordOf(members).run())),
    nested(width) {
      const inner = Array.from({ length: width }, () => same.s(1))
      const middle = Array.from({ length: width }, () => chord(inner, total.s()))
      const outer = Array.from({ length: width }, () => chord(middle, total.s()))
      return chord(outer, total.s()).run()
    },
    async launch(members) {
      const header = Array.from({ length: members }, (_, n) => noop.s(n))
      const result = await chord(header, count.s()).delay()
      return () => result.get()
    },
    close: () => app.close(),
  }
}

function work(url: string, ran: () => void): Crew {
  const app = appAt(url)
  tasksOf(app, ran)
  let worker = app.worker()
  return {
    async start(concurrency) {
      worker = app.worker({ concurrency })
      await worker.start()
    },
    async stop() {
      await worker.stop()
    },
  }
}
