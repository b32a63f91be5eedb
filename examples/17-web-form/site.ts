import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { App } from '@arpeggio/canvas'
import { type Listening, listen } from '../listen.ts'
import { type FormTasks, now } from './tasks.ts'

/** A number was taken. */
export interface Receipt {
  readonly id: string
  /** When it came. */
  readonly event: string
}

/** How it stands with a number: what is known grows as it goes on. */
export interface Standing {
  readonly state: string
  readonly started?: string
  readonly finished?: string
  readonly doubled?: number
  readonly error?: string
}

/** It was not taken. */
export interface Refusal {
  readonly error: string
}

/** A page, or data. */
interface Reply {
  readonly status: number
  readonly body: string | Receipt | Standing | Refusal
}

const PAGE = readFileSync(join(import.meta.dirname, 'page.html'), 'utf8')
const LONGEST_FORM = 100

/**
 * The site with the form. It waits for no task: whoever posts a number is told its id at once, and asks for that later.
 *
 *   GET /               the page
 *   POST /numbers       number=21
 *   GET /numbers/<id>   how it stands
 */
export function startSite(app: App, { double }: FormTasks): Promise<Listening> {
  async function reply(request: IncomingMessage): Promise<Reply> {
    const [, folder, id = ''] = (request.url ?? '').split('/')
    switch (`${request.method} /${folder}`) {
      case 'GET /':
        return { status: 200, body: PAGE }
      case 'POST /numbers':
        return take(await formOf(request))
      case 'GET /numbers':
        return look(id)
      default:
        return refuse(404, 'There is no such page.')
    }
  }

  async function take(form: URLSearchParams): Promise<Reply> {
    const text = form.get('number')?.trim() || 'nothing'
    const number = Number(text)
    if (!Number.isFinite(number)) return refuse(400, `A number is needed, and this is ${text}.`)
    const event = now()
    const { id } = await double.delay(number)
    return { status: 202, body: { id, event } }
  }

  async function look(id: string): Promise<Reply> {
    const result = app.result(id || 'none') // an id is never empty
    const { state, info } = await result.look()
    if (state === 'UNKNOWN') return refuse(404, 'There is no such number.')
    const known = info instanceof Error ? { error: info.message } : (info as Omit<Standing, 'state'> | null)
    return { status: 200, body: { state, ...known } }
  }

  return listen(async (request, response) => {
    const { status, body } = await reply(request).catch((error) => {
      console.error(error)
      return refuse(500, 'Something went wrong here.')
    })
    const [type, text] =
      typeof body === 'string' ? ['text/html', body] : ['application/json', JSON.stringify(body)]
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(text)
  })
}

function refuse(status: number, error: string): Reply {
  return { status, body: { error } }
}

/** What was filled in: nothing, if it is longer than any number. */
async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) if (text.length <= LONGEST_FORM) text += chunk
  return new URLSearchParams(text.length <= LONGEST_FORM ? text : '')
}
