import { randomUUID } from 'node:crypto'
import type { Graft, Reopened, RunRecord, Runs } from '@arpeggio/core'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'
import { packHalt, unpackGraft, unpackShape } from './wire.ts'

/** What is remembered of whole runs. */
export function runsOf(house: House): Runs {
  const { link, lists } = house
  return {
    async get(id) {
      await link.ready()
      const { redis, keys } = house.of(id)
      const [fields, grafted] = await Promise.all([
        redis.hmget(keys.run(id), 'root', 'parent', 'shape', 'live', 'total', 'done', 'failed'),
        redis.hgetall(keys.grafts(id)),
      ])
      return recordOf(id, fields, grafted)
    },
    items: (run, list, from, to) => lists.items(house.of(run), run, list, from, to),
    async halt(run, span, verdict) {
      await link.ready()
      const { redis, keys } = house.of(run)
      const args = [run, packHalt({ span, verdict })]
      let more = await runScript(redis, 'halt', keys.prefix, args)
      while (more === '1') more = await runScript(redis, 'call-off', keys.prefix, [])
    },
    async reopen(run) {
      await link.ready()
      const { redis, keys } = house.of(run)
      const attempt = randomUUID()
      for (;;) {
        const answer = await runScript(redis, 'reopen', keys.prefix, [run, attempt])
        const [kind, calls, more] = answer as [Reopened['kind'], number, string]
        if (kind !== 'reopened') return { kind }
        if (more === '') return { kind, calls }
      }
    },
    async forget(run) {
      await link.ready()
      const { redis, keys } = house.of(run)
      await runScript(redis, 'forget', keys.prefix, [run])
    },
  }
}

function recordOf(
  id: string,
  fields: readonly (string | null)[],
  grafted: Readonly<Record<string, string>>,
): RunRecord | null {
  const [root, parent, shape, live, total, done, failed] = fields
  if (typeof shape !== 'string') return null
  const grafts: Record<string, Graft> = {}
  for (const [under, text] of Object.entries(grafted)) grafts[under] = unpackGraft(text)
  const over = live === '0' // then what could not run has come to its end as well
  const progress = {
    total: Number(total ?? 1),
    done: Number(over ? (total ?? 1) : (done ?? 0)),
    failed: Number(failed ?? 0),
    over,
  }
  return {
    id,
    root: root ?? id,
    parent: parent ?? null,
    shape: unpackShape(shape),
    grafts,
    progress,
  }
}
