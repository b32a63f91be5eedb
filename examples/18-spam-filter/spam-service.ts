import { text } from 'node:stream/consumers'
import { type Listening, listen } from '../listen.ts'

/** A service that is sent a text, and answers whether it is spam. Real ones know more words. */
export function startSpamService(): Promise<Listening> {
  return listen(async (request, response) => {
    const isSpam = /cheap|pills|casino/i.test(await text(request))
    response.end(String(isSpam))
  })
}
