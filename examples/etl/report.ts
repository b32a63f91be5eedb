import type { Failed, Popular, Totals } from './database.ts'

/** What a crawl came to. */
export interface Report extends Totals {
  /** How many pages the sitemap lists. */
  readonly listed: number
  readonly mostLinked: readonly Popular[]
  readonly failed: readonly Failed[]
}

/** The report, for people. `lost` are pages nobody knows the fate of; there must be none. */
export function inWords(
  { listed, pages, words, links, mostLinked, failed }: Report,
  lost: readonly string[],
): string {
  return `
  ${pages} pages stored, with ${words} words and ${links} links
  most linked: ${mostLinked.map((page) => `${page.title} (${page.links})`).join(', ')}
  ${failed.length} pages failed:
${failed.map(({ reason }) => `    ${reason}`).join('\n')}
  ${pages} stored + ${failed.length} failed of ${listed}: ${lost.length === 0 ? 'nothing is lost' : `LOST: ${lost.join(', ')}`}
`
}
