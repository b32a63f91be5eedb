import type { App, Failure, Settled } from '@arpeggio/canvas'
import type { Database } from './database.ts'
import { fetchPage, type PageInfo, parsePage, readSitemap, SiteIsBusy } from './pages.ts'
import type { Report } from './report.ts'

/** The tasks of the crawl. Every worker makes them, each with a connection of its own to the database. */
export function pageTasks(app: App, database: Database) {
  return {
    readSitemap: app.task(readSitemap),

    // A busy site is asked again: after 0.2 s, then 0.4 s, then 0.8 s, …
    fetchPage: app.task(
      {
        name: 'fetchPage',
        queue: 'web',
        autoretryFor: [SiteIsBusy],
        maxRetries: 5,
        retryBackoff: 0.2,
        retryJitter: false,
      },
      fetchPage,
    ),

    parsePage: app.task(parsePage),

    storePageInfo: app.task('storePageInfo', (info: PageInfo, url: string) => database.savePage(url, info)),

    // The errback: it takes the failure of whichever step it was, and the url it was given.
    recordFailure: app.task('recordFailure', ({ task, error }: Failure, url: string) =>
      database.saveFailure(url, `${task}: ${error.message}`),
    ),

    // The chord's body: it takes how each page ended, in the order of the urls.
    report: app.task('report', (outcomes: Settled<void>[], urls: string[]): Report => {
      const failed = outcomes.flatMap((outcome, index) =>
        outcome.ok ? [] : { url: urls[index] ?? '', reason: outcome.error.message },
      )
      return { listed: urls.length, ...database.totals(), mostLinked: database.mostLinked(3), failed }
    }),
  }
}
