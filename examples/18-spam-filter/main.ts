import { App, type AsyncResult } from '@arpeggio/canvas'
import { blog } from './blog.ts'
import { Database, type Verdict } from './database.ts'
import { startSpamService } from './spam-service.ts'

/** Comments go into a database, and a task asks a service which of them are spam. */
export async function run(app: App, print = console.log): Promise<void> {
  await using service = await startSpamService()
  using database = new Database(3)
  const { checkComment, post, edit, checkRest } = blog(app, database, service.origin)
  const stopListening = app.on('task-sent', ({ request }) => print(`sent: ${request.task}(${request.args})`))

  const owl = await post('What a lovely owl!') // => sent: checkComment(1)
  const too = await post('I saw one, too.') // => sent: checkComment(2)
  const where = await post('Where?') // => sent: checkComment(3)

  // There was room for three: the transaction of a fourth is rolled back, and so nothing is sent.
  await post('Me first!').catch((error) => print(error.message)) // => CHECK constraint failed: room >= 0

  // Sent from inside of the transaction, it is on its way already when that is rolled back.
  const early: Promise<AsyncResult<Verdict>>[] = []
  try {
    database.transaction(() => {
      early.push(checkComment.delay(database.addComment('Me first!')))
      database.takeRoom()
    })
  } catch {
    print((await Promise.all(early)).length, 'too early')
  }
  // => sent: checkComment(4)
  // => 1 too early

  // What is judged is the comment as it is then, not as it was when it was sent.
  await edit(2, 'Cheap pills!') // => sent: checkComment(2)
  await using worker = app.worker({ queues: ['comments'] })
  await worker.start()
  print(await owl.get(), await too.get(), await where.get()) // => fine spam fine

  // What was sent too early looks for a comment that never was. Worse, its id is that of the next one.
  await (await early[0])?.get().catch((error) => print(error.message)) // => There is no comment 4.

  // A process may die when a comment is committed, and nothing is sent. The database knows which those are.
  database.transaction(() => database.addComment('Or was it a kite?'))
  for (const check of await checkRest()) print(await check.get())
  // => sent: checkComment(4)
  // => fine

  print(database.shown()) // => [ 'What a lovely owl!', 'Where?', 'Or was it a kite?' ]
  stopListening()
}

if (process.argv[1] === import.meta.filename) {
  await using app = new App({ name: 'spam-filter' })
  await run(app)
}
