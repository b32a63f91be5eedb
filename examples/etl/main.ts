import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { App, chord } from '@arpeggio/canvas'
import { Complaint, command } from '../command.ts'
import { Database } from './database.ts'
import { type Output, showProgress } from './progress.ts'
import { redisAt } from './redis.ts'
import { inWords, type Report } from './report.ts'
import { type SiteOptions, startSite } from './site.ts'
import { pageTasks } from './tasks.ts'

/**
 * The demo: crawls a small site, which it starts itself, into a database, and accounts for every page.
 *
 *   npm run demo                     what happens, as it happens
 *   npm run demo -- --json           the report as JSON; the rest goes to stderr
 *   npm run demo -- --redis [url]    on a Redis server: that one, or one of its own
 */
export async function demo({ app, folder, output, ...options }: Demo): Promise<Crawled> {
  await using site = await startSite(options)
  using database = new Database(join(folder, 'pages.sqlite'))
  const { readSitemap, fetchPage, parsePage, storePageInfo, recordFailure, report } = pageTasks(app, database)

  // Two workers, as there would be on two machines: waiting for the web does not hold up the rest.
  await using web = app.worker({ queues: ['web'], concurrency: 6 })
  await using local = app.worker({ concurrency: 2 })
  await Promise.all([web.start(), local.start()])

  const page = (url: string) =>
    fetchPage.s(url).pipe(parsePage.s(), storePageInfo.s(url)).onError(recordFailure.s(url))

  // All pages side by side; 'settle': those that fail do not stop the report, they are part of it.
  const crawl = (urls: string[]) => chord(urls.map(page), report.s(urls), { policy: 'settle' })
  output.write(`\nThe workflow, drawn for one page:\n\n  ${crawl(['url'])}\n\n`)

  const urls = await readSitemap.run(site.sitemap)
  output.write(`Crawling the ${urls.length} pages of ${site.sitemap}, two of which fail on purpose:\n\n`)
  writeFileSync(join(folder, 'workflow.mmd'), crawl(urls).toMermaid())

  const result = await crawl(urls).delay()
  await showProgress(result.run, output) // until the errbacks have run, too
  return { report: await result.get(), lost: database.missing(urls) }
}

export interface Demo extends SiteOptions {
  readonly app: App
  /** Where the database and the drawing go. */
  readonly folder: string
  readonly output: Output
}

export interface Crawled {
  readonly report: Report
  /** Pages that were neither stored nor recorded as failed: there must be none. */
  readonly lost: readonly string[]
}

const USAGE = 'npm run demo -- [--json] [--redis [url]]'

if (process.argv[1] === import.meta.filename) await command(USAGE, main)

async function main(): Promise<void> {
  const { values: flags, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false }, redis: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const stray = positionals[flags.redis ? 1 : 0]
  if (stray !== undefined) throw new Complaint(2, 'One argument too many: a URL goes behind --redis.')
  await using redis = flags.redis ? await redisAt(positionals[0]) : null
  const output = flags.json ? process.stderr : process.stdout
  const folder = join(import.meta.dirname, 'out')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)

  if (redis !== null) output.write(`On ${redis.place}\n`)
  await using app = new App({ name: 'etl', logLevel: 'warn', ...(redis && { backend: redis.backend }) })
  const { report, lost } = await demo({ app, folder, output })

  const { INIT_CWD = '' } = process.env // where npm was called
  output.write(
    `${inWords(report, lost)}\nLook at pages.sqlite and workflow.mmd in ${relative(INIT_CWD, folder)}.\n`,
  )
  if (flags.json) console.log(JSON.stringify(report, null, 2))
  process.exitCode = lost.length === 0 ? 0 : 1
}
