import { setImmediate as nextTurn } from 'node:timers/promises'
import { App, group, type ReservedTask } from '@arpeggio/canvas'

/** How often a task may start: on each worker, or on all of them together. */
export async function run(app: App, print = console.log): Promise<void> {
  // '10/s' is more usual. With once an hour, whoever has no turn waits here until we let him go.
  let started = 0
  const call = (n: number): number => {
    started++
    return n
  }
  const each = app.task({ name: 'each', queue: 'calls', rateLimit: '1/h' }, call)
  const all = app.task({ name: 'all', queue: 'calls', rateLimit: { rate: '1/h', scope: 'global' } }, call)

  await using one = app.worker({ hostname: 'one', queues: ['calls'], concurrency: 1 })
  await using two = app.worker({ hostname: 'two', queues: ['calls'], concurrency: 1 })
  await Promise.all([one.start(), two.start()])

  // Each worker counts for itself.
  const some = await group([1, 2, 3, 4].map((n) => each.s(n))).delay()
  await untilBothHoldOne(app)
  print(started, 'of', some.length) // => 2 of 4

  // A rate can be changed while workers run, and lifted.
  await app.control.rateLimit('each', null)
  print(await some.get()) // => [ 1, 2, 3, 4 ]

  // With a global rate all workers count together, as a service wants it that counts all its callers.
  started = 0
  const others = await group([5, 6, 7, 8].map((n) => all.s(n))).delay()
  await untilBothHoldOne(app)
  print(started, 'of', others.length) // => 1 of 4

  // Who waits for his turn can be revoked like any other.
  await others.results[3]?.revoke()
  await app.control.rateLimit('all', '1000/s')
  print(await others.results[2]?.get(), await others.results[3]?.state()) // => 7 REVOKED
}

/** Until both workers hold a call whose turn is long to come. Then they take no more. */
async function untilBothHoldOne({ inspect }: App): Promise<void> {
  const isLater = ({ until }: ReservedTask) => until !== null && until > Date.now() + 60_000
  for (;;) {
    const { one = [], two = [] } = await inspect.reserved()
    if (one.some(isLater) && two.some(isLater)) return
    await nextTurn()
  }
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'rate-limit' })
  await run(app)
}
