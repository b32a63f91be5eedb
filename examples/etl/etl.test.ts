import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type AppOptions } from '@arpeggio/canvas'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startServer } from '../../test/support/redis-server.ts'
import { Database } from './database.ts'
import { type Crawled, demo } from './main.ts'
import { redisAt } from './redis.ts'
import { inWords } from './report.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arpeggio-etl-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function crawl({
  isTTY = false,
  ...options
}: AppOptions & { readonly isTTY?: boolean } = {}): Promise<Crawled & { printed: string }> {
  await using app = new App({ name: 'etl', logLevel: 'silent', ...options })
  let printed = ''
  const output = { isTTY, write: (text: string) => (printed += text) }
  return { ...(await demo({ app, folder, output, latencyMs: 0 })), printed }
}

describe('the demo', () => {
  test.each(['in memory', 'on Redis'])(
    'stores, %s, every page it can, records the others, and loses none',
    async (where) => {
      await using server = where === 'on Redis' ? await startServer('--appendonly', 'yes') : null
      const redis = server && (await redisAt(server.url))
      const { report, lost, printed } = await crawl(redis ? { backend: redis.backend } : {})
      expect(lost).toEqual([])
      expect(inWords(report, lost).replaceAll(/http:\S+\//g, 'site/')).toBe(`
  58 pages stored, with 3539 words and 368 links
  most linked: The fog (36), The tea (20), The owl (18)
  2 pages failed:
    site/jam answered 500: Out of order.
    site/moss has no title or no body: it was cut short
  58 stored + 2 failed of 60: nothing is lost
`)

      using database = new Database(join(folder, 'pages.sqlite'))
      expect(database.totals()).toEqual({ pages: 58, words: 3539, links: 368 })
      expect(database.failures()).toEqual([
        { url: expect.stringMatching('/jam$'), reason: expect.stringMatching(/^fetchPage: .* answered 500/) },
        {
          url: expect.stringMatching('/moss$'),
          reason: expect.stringMatching(/^parsePage: .* has no title/),
        },
      ])

      expect(printed).toContain(
        "(fetchPage('url') | parsePage() | storePageInfo('url')).linkError(recordFailure('url'))",
      )
      expect(printed).toMatch(/ of 181 tasks, \d failed.*\n$/)
      expect(readFileSync(join(folder, 'workflow.mmd'), 'utf8')).toMatch(/^flowchart LR/)
    },
  )

  test('draws a bar where there is a terminal', async () => {
    const { printed } = await crawl({ isTTY: true })
    expect(printed).toContain('\r  ')
    expect(printed.split('\r').at(-1)).toMatch(/█.* of 181 tasks.*\n$/)
  })

  const NOWHERE = 'What stands behind --redis is no URL of a server: redis://127.0.0.1:6379 would be one.'
  const USAGE = 'Usage: npm run demo -- [--json] [--redis [url]]'
  test.each<[what: string, given: string[], status: number, says: string]>([
    [
      'no Redis is installed',
      ['--redis'],
      1,
      'No Redis is installed here: install redis-server, or say where one is: --redis <url>',
    ],
    [
      'no Redis answers',
      ['--redis', 'redis://ann:secret@127.0.0.1:1'],
      1,
      'Redis cannot be used: connect ECONNREFUSED 127.0.0.1:1. Check host and port, the user and the password, and that it runs.',
    ],
    ['the URL is none', ['--redis', 'redis://here:port'], 2, `${NOWHERE} ${USAGE}`],
    ['the URL is that of something else', ['--redis', 'ftp://here'], 2, `${NOWHERE} ${USAGE}`],
    ['there is no such option', ['--rediss'], 2, `Unknown option '--rediss'. ${USAGE}`],
    [
      'the option was forgotten',
      ['redis://here'],
      2,
      `One argument too many: a URL goes behind --redis. ${USAGE}`,
    ],
  ])('says in one line what to do if %s', (_, given, status, says) => {
    const args = ['--conditions=@arpeggio/source', '--import=tsx', join(import.meta.dirname, 'main.ts')]
    const env = { ...process.env, PATH: '' }
    const ended = spawnSync(process.execPath, [...args, ...given], { env, encoding: 'utf8' })
    expect(ended).toMatchObject({ status, stderr: `${says}\n` })
    expect(ended.stdout).not.toContain('secret')
  })
})

test('a page that is neither stored nor recorded as failed is missed', () => {
  using database = new Database()
  database.savePage('a', { title: 'A', words: 1, links: [] })
  database.saveFailure('b', 'broken')
  expect(database.missing(['a', 'b', 'c'])).toEqual(['c'])
})
