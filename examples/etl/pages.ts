import { DomUtils, parseDocument } from 'htmlparser2'

/** A page as it came. */
export interface Page {
  readonly url: string
  readonly html: string
}

/** What we want to know of it. */
export interface PageInfo {
  readonly title: string
  readonly words: number
  /** Where it links to, each place once. */
  readonly links: readonly string[]
}

/** The site did not answer as it should. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
}

/** The site asks for patience: worth another try. */
export class SiteIsBusy extends HttpError {
  override readonly name = 'SiteIsBusy'
}

/** What came is no page we understand. */
export class NotAPage extends Error {
  override readonly name = 'NotAPage'
}

// Plain functions, without a word about workflows: tasks.ts makes tasks of them.

export async function readSitemap(url: string): Promise<string[]> {
  const { html: xml } = await fetchPage(url)
  const sitemap = parseDocument(xml, { xmlMode: true })
  return DomUtils.getElementsByTagName('loc', sitemap).map(DomUtils.textContent)
}

export async function fetchPage(url: string): Promise<Page> {
  const response = await fetch(url)
  const body = await response.text()
  if (response.status === 503) throw new SiteIsBusy(`${url} answered 503: ${body}`)
  if (!response.ok) throw new HttpError(`${url} answered ${response.status}: ${body}`)
  return { url, html: body }
}

export function parsePage({ url, html }: Page): PageInfo {
  const document = parseDocument(html)
  const [title] = DomUtils.getElementsByTagName('title', document)
  const [body] = DomUtils.getElementsByTagName('body', document)
  if (title === undefined || body === undefined)
    throw new NotAPage(`${url} has no title or no body: it was cut short`)
  const anchors = DomUtils.getElementsByTagName('a', body)
  const links = anchors.map((anchor) => new URL(DomUtils.getAttributeValue(anchor, 'href') ?? '', url).href)
  return {
    title: DomUtils.textContent(title),
    words: DomUtils.textContent(body).trim().split(/\s+/).length,
    links: [...new Set(links)],
  }
}
