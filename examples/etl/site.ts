import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../listen.ts'

/** A small encyclopedia on this machine: sixty articles that link to each other, the same ones each time. */
export interface Site extends AsyncDisposable {
  /** Where its sitemap is. */
  readonly sitemap: string
}

export interface SiteOptions {
  /** How long an answer takes, more or less: real sites are not at once either. */
  readonly latencyMs?: number
}

/** As on any real site, not all is well. */
const ALWAYS_FAILS = 'jam' // 500, every time
const CUT_SHORT = 'moss' // 200, but the page ends in the middle of a tag
const BUSY_AT_FIRST = 'kite' // 503 twice, then fine

/** Starts the site on a free port of 127.0.0.1. */
export async function startSite({ latencyMs = 250 }: SiteOptions = {}): Promise<Site> {
  let busy = 2

  async function answer(path: string, response: ServerResponse): Promise<void> {
    if (path === '/sitemap.xml') return send(response, 200, sitemap(server.origin))
    const thing = path.slice(1)
    await sleep(latencyMs * (0.5 + seeded(thing)()))
    if (!THINGS.includes(thing)) return send(response, 404, 'No such article.')
    if (thing === ALWAYS_FAILS) return send(response, 500, 'Out of order.')
    if (thing === BUSY_AT_FIRST && busy-- > 0) return send(response, 503, 'Come again.')
    if (thing === CUT_SHORT) return send(response, 200, article(thing).slice(0, 40))
    send(response, 200, article(thing))
  }

  const server = await listen((request, response) => void answer(request.url ?? '/', response))
  return {
    sitemap: `${server.origin}/sitemap.xml`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': body.startsWith('<?xml') ? 'text/xml' : 'text/html' })
    .end(body)
}

const THINGS = `
  fog owl tea map ink oak jam fern moss kite bell drum lake moon salt
  rope wool yarn clay coal corn crow dune echo fish flax frog gate goat hail
  harp hare iron isle jade kelp lamp leaf lily loom mint nest opal path pear
  pine plum pond rain reed rose rust sand seal silk snow star swan tide wind
`
  .trim()
  .split(/\s+/)
const VERBS = ['remembers', 'outlives', 'resembles', 'follows', 'hides', 'forgives']
const PLACES = ['behind', 'beyond', 'beside', 'above', 'in spite of', 'because of']

function sitemap(origin: string): string {
  const entries = THINGS.map((thing) => `<url><loc>${origin}/${thing}</loc></url>`)
  return `<?xml version="1.0"?><urlset>${entries.join('')}</urlset>`
}

function article(thing: string): string {
  const random = seeded(thing)
  const pick = (list: readonly string[], bias = 1) =>
    list[Math.floor(random() ** bias * list.length)] as string
  const other = () => pick(THINGS, 2) // the first of them are talked of most
  const link = (to: string) => `<a href="/${to}">${to}</a>`
  const sentence = () => `The ${thing} ${pick(VERBS)} the ${link(other())} ${pick(PLACES)} the ${other()}.`
  const paragraph = () => `<p>${Array.from({ length: 2 + random() * 4 }, sentence).join(' ')}</p>`
  const paragraphs = Array.from({ length: 1 + random() * 3 }, paragraph)
  return `<!doctype html><html lang="en"><head><title>The ${thing}</title></head>
<body><h1>The ${thing}</h1>${paragraphs.join('\n')}</body></html>`
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function seeded(seed: string): () => number {
  let state = Array.from(seed).reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
