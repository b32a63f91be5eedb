import type { Taken, Verdict } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { unpackVerdict, unreadable } from './wire.ts'

/** The seats of which chord. */
interface Seating {
  readonly run: string
  readonly position: string
  readonly size: number
  /** Whether members were added while it ran. */
  readonly isGrown: boolean
}

/** Seats read in one call. */
const PAGE = 500
const PAGES_AT_ONCE = 8

/** All seats of a closed chord that were taken. They stay until it is launched, so they may be read in pages. */
export async function readSeats(redis: Commands, keys: Keys, seating: Seating): Promise<Taken[]> {
  const { run, position, size, isGrown } = seating
  const chord = keys.chord(run, position)
  const indices = Array.from({ length: size }, (_, index) => String(index))
  if (isGrown) {
    const fields = await redis.hkeys(chord)
    for (const field of fields) if (field.startsWith('a:')) indices.push(field.slice(2))
  }
  const readPage = async (from: number): Promise<Taken[]> => {
    const page = indices.slice(from, from + PAGE)
    if (page.length === 0) return []
    const texts = await redis.hmget(chord, ...page.map((index) => `s:${index}`))
    const verdicts = await verdictsOf(redis, keys.run(run), texts)
    return verdicts.flatMap((verdict, i) => (verdict === null ? [] : [{ index: page[i] as string, verdict }]))
  }
  const seats: Taken[] = []
  for (let from = 0; from < indices.length; from += PAGE * PAGES_AT_ONCE) {
    const starts = Array.from({ length: PAGES_AT_ONCE }, (_, nth) => from + nth * PAGE)
    for (const page of await Promise.all(starts.map(readPage))) for (const seat of page) seats.push(seat)
  }
  return seats
}

/** The verdicts that stand in seats, or at the positions that the seats name. */
async function verdictsOf(
  redis: Commands,
  run: string,
  texts: readonly (string | null)[],
): Promise<(Verdict | null)[]> {
  const named = texts.flatMap((text) => (text?.startsWith('@') ? [`r:${text.slice(1)}`] : []))
  const kept = named.length > 0 ? await redis.hmget(run, ...named) : []
  let next = 0
  return texts.map((text) => {
    const found = text?.startsWith('@') ? kept[next++] : text
    return found === null || found === undefined ? null : verdictIn(found)
  })
}

/** What cannot be read is a failure: its chord shall come to an end. */
function verdictIn(text: string): Verdict {
  try {
    return unpackVerdict(text)
  } catch (error) {
    return unreadable('', error)
  }
}
