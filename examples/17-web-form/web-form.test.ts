import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { App, type AppOptions } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { DomUtils, parseDocument } from 'htmlparser2'
import { describe, expect, test } from 'vitest'
import { startServer } from '../../test/support/redis-server.ts'
import { type Receipt, type Refusal, type Standing, startSite } from './site.ts'
import { formTasks } from './tasks.ts'

const AT_ONCE = 3
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

async function openForm(options: AppOptions = {}) {
  const app = new App({ logLevel: 'silent', ...options })
  const site = await startSite(app, formTasks(app, together(AT_ONCE)))
  return {
    origin: site.origin,
    work: () => app.worker({ concurrency: AT_ONCE }).start(),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]()
      await app.close()
    },
  }
}

/** Work that is only done when so many do it at the same time. */
function together(count: number): () => Promise<void> {
  let waiting: (() => void)[] = []
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length < count) return
      for (const goOn of waiting) goOn()
      waiting = []
    })
}

async function post(origin: string, number: string) {
  const response = await fetch(`${origin}/numbers`, { method: 'POST', body: new URLSearchParams({ number }) })
  return { status: response.status, reply: (await response.json()) as Receipt & Refusal }
}

async function look(origin: string, id: string): Promise<Standing> {
  return (await fetch(`${origin}/numbers/${id}`)).json() as Promise<Standing>
}

/** Asks until it stands like that, as a browser does. */
async function reaching(origin: string, id: string, ...states: readonly string[]): Promise<Standing> {
  for (;;) {
    const standing = await look(origin, id)
    if (states.includes(standing.state)) return standing
  }
}

const ending = (origin: string, id: string) => reaching(origin, id, 'SUCCESS', 'FAILURE')

describe.each(['in memory', 'on Redis'])('the form, %s,', (where) => {
  test('takes numbers while nobody works; then they are doubled, several at a time', async () => {
    await using server = where === 'on Redis' ? await startServer() : null
    const backend = server && redisBackend(server.url, { warn: () => {} })
    await using form = await openForm(backend ? { backend } : {})

    const numbers = [1, 2, 3, -4, 0.5, 6]
    const taken = await Promise.all(numbers.map((number) => post(form.origin, `${number}`)))
    for (const { status, reply } of taken) {
      expect(status).toBe(202)
      expect(reply.event).toMatch(MOMENT)
      expect(await look(form.origin, reply.id)).toEqual({ state: 'PENDING' })
    }

    await form.work()
    const ends = await Promise.all(taken.map(({ reply }) => ending(form.origin, reply.id)))
    expect(ends.map(({ state, doubled }) => [state, doubled])).toEqual(
      numbers.map((number) => ['SUCCESS', 2 * number]),
    )
    for (const [i, { started = '', finished = '' }] of ends.entries()) {
      const moments = [taken[i]?.reply.event, started, finished]
      expect(moments).toEqual([...moments].sort())
      expect(moments).toEqual(Array(3).fill(expect.stringMatching(MOMENT)))
    }
  })
})

test('while a number is doubled, the form tells since when', async () => {
  await using form = await openForm()
  await form.work()
  const { reply } = await post(form.origin, '1')
  expect(await reaching(form.origin, reply.id, 'DOUBLING')).toEqual({
    state: 'DOUBLING',
    started: expect.stringMatching(MOMENT),
  })
  await Promise.all(['2', '3'].map((number) => post(form.origin, number)))
  expect(await ending(form.origin, reply.id)).toMatchObject({ state: 'SUCCESS', doubled: 2 })
})

test('what is no number is refused, and who asks for nobody is told so', async () => {
  await using form = await openForm()
  for (const text of ['many', ' ', 'Infinity', '1'.repeat(200), '<b>']) {
    const { status, reply } = await post(form.origin, text)
    expect([status, reply.error]).toEqual([400, expect.stringMatching('A number is needed')])
  }
  for (const path of ['/numbers/nobody', '/numbers/', '/numbers', '/else']) {
    const response = await fetch(form.origin + path)
    expect([response.status, await response.json()]).toEqual([404, { error: expect.any(String) }])
  }
})

test('a number whose double is none fails, and the form says why', async () => {
  await using form = await openForm()
  await form.work()
  const taken = await Promise.all(['1e308', '1', '2'].map((number) => post(form.origin, number)))
  expect(await ending(form.origin, taken[0]?.reply.id ?? '')).toEqual({
    state: 'FAILURE',
    error: expect.stringContaining('Infinity has no JSON form'),
  })
})

test('the page sends what is filled in, looks again and again, and shows what came of it', async () => {
  await using form = await openForm()
  const page = await openPage(form.origin)
  const sent = Promise.all(['1', '2', '21'].map((number) => page.submit(number)))
  await page.submit('many')
  await form.work()
  await sent

  const time = expect.stringMatching(/\d+:\d\d:\d\d/)
  expect(page.rows()).toEqual([
    ['many', '', '', '', 'ERROR', 'A number is needed, and this is many.'],
    ['21', time, time, time, 'SUCCESS', '42'],
    ['2', time, time, time, 'SUCCESS', '4'],
    ['1', time, time, time, 'SUCCESS', '2'],
  ])
})

/** The page as a browser would run it, as far as it needs one: its form, its table, and a clock that does not wait. */
async function openPage(origin: string) {
  const document = parseDocument(await (await fetch(origin)).text())
  const has = (tag: string) => DomUtils.getElementsByTagName(tag, document).length === 1
  const script = DomUtils.textContent(DomUtils.getElementsByTagName('script', document))

  const rows: Row[] = []
  let filledIn = ''
  let listener: (event: { preventDefault(): void }) => Promise<void> = async () => {}
  const elements: Record<string, object> = {
    form: { addEventListener: (_: 'submit', listens: typeof listener) => (listener = listens) },
    tbody: { insertRow: (at: number) => rows.splice(at, 0, new Row()) && rows[at] },
  }
  runInNewContext(script, {
    document: { querySelector: (tag: string) => (has(tag) ? elements[tag] : null) },
    FormData: class extends Map<string, string> {
      constructor(_form: object) {
        super([['number', filledIn]])
      }
    },
    fetch: (path: string, options?: RequestInit) => fetch(new URL(path, origin), options),
    setTimeout: (deed: () => void) => setImmediate(deed),
    URLSearchParams,
  })
  return {
    submit(number: string): Promise<void> {
      filledIn = number
      return listener({ preventDefault: () => {} })
    },
    rows: () => rows.map(({ cells }) => cells.map(({ textContent }) => String(textContent))),
  }
}

class Row {
  readonly cells: { textContent: unknown }[] = []
  insertCell() {
    const cell = { textContent: '' }
    this.cells.push(cell)
    return cell
  }
}

test('started from the command line it says where it is, and ends when it is asked to', async () => {
  const args = ['--conditions=@arpeggio/source', '--import=tsx', join(import.meta.dirname, 'main.ts')]
  const node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(node.stdout.setEncoding('utf8'), 'data')
  const origin = /http:\S+/.exec(said)?.[0] ?? ''
  expect(await (await fetch(origin)).text()).toContain('<h1>Doubling</h1>')
  node.kill('SIGTERM')
  expect(await once(node, 'exit')).toEqual([0, null])
}, 30_000)
