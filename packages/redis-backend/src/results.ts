import { type Failed, Halts, positionOf, type Results, runOf, type Standing } from '@arpeggio/core'
import { keepTime } from './deadlines.ts'
import type { House } from './house.ts'
import type { Partition } from './partition.ts'
import { runScript } from './scripts.ts'
import { packNote, unpackHalt, unpackNote, unpackVerdict } from './wire.ts'

/** What became of nodes. */
export function resultsOf(house: House): Results {
  const { link, news } = house
  return {
    async get(ids) {
      await link.ready()
      const byRun = new Map<string, string[]>()
      for (const id of ids) {
        const run = runOf(id)
        const positions = byRun.get(run) ?? []
        positions.push(positionOf(id))
        byRun.set(run, positions)
      }
      const standings = new Map<string, Standing>()
      await Promise.all(
        [...byRun].map(async ([run, positions]) => {
          const found = await standingsOf(house.of(run), run, positions)
          for (const [i, position] of positions.entries()) {
            standings.set(`${run}.${position}`, found[i] as Standing)
          }
        }),
      )
      return ids.map((id) => standings.get(`${runOf(id)}.${positionOf(id)}`) as Standing)
    },
    async note(id, state, meta) {
      const run = runOf(id)
      const { redis, keys } = house.of(run)
      const args = [run, positionOf(id), packNote(state, meta)]
      await runScript(redis, 'note', keys.prefix, args)
    },
    async watch(run, listener, ids) {
      await link.ready()
      return news.watch(house.of(run), run, listener, ids)
    },
  }
}

/** How nodes of one run stand. */
async function standingsOf(
  { redis, keys }: Partition,
  run: string,
  positions: readonly string[],
): Promise<Standing[]> {
  const fields = positions.flatMap((position) => [`r:${position}`, `n:${position}`, `g:${leadOf(position)}`])
  const read = () => redis.hmget(keys.run(run), 'span', 'live', 'marks', ...fields)
  let [span, live, marks, ...found] = await read()
  if (typeof live !== 'string') return positions.map(() => UNKNOWN)
  if (marks?.includes('t')) {
    await keepTime(redis, keys, run)
    ;[span, live, marks, ...found] = await read()
  }
  const halted = marks?.includes('h') ? await haltedOf({ redis, keys }, run, positions) : NO_HALTS
  return positions.map((position, i): Standing => {
    const [verdict, note, graft] = found.slice(3 * i, 3 * i + 3)
    if (verdict) return { kind: 'ended', verdict: unpackVerdict(verdict) }
    const halt = halted.get(position)
    if (halt !== undefined) return { kind: 'halted', verdict: halt }
    if (!isPlace(position, Number(span ?? 1), Boolean(graft))) return UNKNOWN
    if (live === '0') return { kind: 'over' }
    const [state, meta] = note ? unpackNote(note) : (['PENDING', null] as const)
    return { kind: 'underway', state, meta }
  })
}

/** How those of a run's positions were halted that were. A chord that had closed before was not. */
async function haltedOf(
  { redis, keys }: Pick<Partition, 'redis' | 'keys'>,
  run: string,
  positions: readonly string[],
): Promise<ReadonlyMap<string, Failed>> {
  const halts = new Halts()
  for (const text of await redis.lrange(keys.halts(run), 0, -1)) {
    const { span, verdict } = unpackHalt(text)
    halts.add(span, verdict)
  }
  const halted = new Map<string, Failed>()
  for (const position of positions) {
    const halt = halts.of(position)
    if (halt === null) continue
    const [closer, before] = await redis.hmget(keys.chord(run, position), 'closer', 'halt')
    if (closer === null || before !== '') halted.set(position, halt)
  }
  return halted
}

const NO_HALTS: ReadonlyMap<string, Failed> = new Map()
const UNKNOWN: Standing = Object.freeze({ kind: 'unknown' })

function leadOf(position: string): string {
  return position.slice(0, Math.max(0, position.lastIndexOf('.')))
}

/** Whether a run that covers so many places has, or may have, a node at this position. */
function isPlace(position: string, span: number, isGrafted: boolean): boolean {
  if (position === '') return true
  const lead = position.lastIndexOf('.')
  if (!/^\d+$/.test(position.slice(lead + 1))) return false
  return lead < 0 ? Number(position) < span : isGrafted
}
