import type { App, AsyncResult } from '@arpeggio/canvas'
import type { Database, Verdict } from './database.ts'

/** Comments on an article: what is no spam is shown. */
export function blog(app: App, database: Database, spamService: string) {
  // It takes an id, not a comment. A message is a copy: it would be old when it arrives, and would have to be kept from
  // curious eyes wherever it waits. The row is neither.
  const checkComment = app.task(
    { name: 'checkComment', queue: 'comments', autoretryFor: [TypeError], retryBackoff: true }, // fetch failed
    async (id: number): Promise<Verdict> => {
      const comment = database.comment(id)
      if (comment === null) throw new Error(`There is no comment ${id}.`)
      const response = await fetch(spamService, { method: 'POST', body: comment.text })
      const verdict = (await response.text()) === 'true' ? 'spam' : 'fine'
      database.judge(comment, verdict)
      return verdict
    },
  )

  /** Sent only when the transaction is committed: before that, nobody else can see the comment, and it may never be. */
  async function post(text: string): Promise<AsyncResult<Verdict>> {
    const id = database.transaction(() => {
      const id = database.addComment(text)
      database.takeRoom()
      return id
    })
    return checkComment.delay(id)
  }

  async function edit(id: number, text: string): Promise<AsyncResult<Verdict>> {
    database.transaction(() => database.editComment(id, text))
    return checkComment.delay(id)
  }

  /** For those that were committed by a process that died before it could send. To check one twice harms nobody. */
  function checkRest(): Promise<AsyncResult<Verdict>[]> {
    return Promise.all(database.unchecked().map((id) => checkComment.delay(id)))
  }

  return { checkComment, post, edit, checkRest }
}
