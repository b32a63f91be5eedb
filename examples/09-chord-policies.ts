import { App, ChordError, chord, type Settled } from '@arpeggio/canvas'

/** What a chord does when members fail is data on the chord. */
export async function run(app: App, print = console.log): Promise<void> {
  const ask = app.task('ask', (server: string) => {
    if (server.startsWith('dead')) throw new Error(`${server} does not answer`)
    return server.length
  })
  const total = app.task('total', (answers: number[]) => answers.reduce((a, b) => a + b, 0))
  const count = app.task('count', (answers: (number | null)[]) => answers.filter((n) => n !== null).length)
  const sum = app.task('sum', (answers: Settled<number>[]) => {
    const good = answers.filter((answer) => answer.ok)
    return `${good.reduce((all, answer) => all + answer.value, 0)}, without ${answers.length - good.length}`
  })
  const servers = ['one', 'dead-two', 'three', 'dead-four'].map((name) => ask.s(name))

  // 'all', the default: waits for every member, then fails once, with all that failed.
  try {
    await chord(servers, total.s()).run()
  } catch (error) {
    if (!(error instanceof ChordError)) throw error
    for (const member of error.members) print(member.index, member.error.message)
  }
  // => 1 dead-two does not answer
  // => 3 dead-four does not answer

  // 'failFast': fails at the first failure; members that have not started never will.
  const hasty = await chord(servers, total.s(), { policy: 'failFast' }).delay()
  await hasty.get().catch((thrown) => print(thrown.name, thrown.members.length)) // => ChordError 1

  // 'settle': never fails; the body is told how each member ended.
  print(await chord(servers, sum.s(), { policy: 'settle' }).run()) // => 8, without 2

  // A quorum goes on with the first values that come, and null in the other places.
  print(await chord(servers, count.s(), { policy: { quorum: 2 } }).run()) // => 2
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'chord-policies' })
  await app.worker().start()
  await run(app)
}
