import type { Graft, RunRecord, Runs } from '@arpeggio/core'
import type { House } from './house.ts'
import { runScript } from './scripts.ts'
import { packHalt, unpackGraft } from './wire.ts'

/** What is remembered of whole runs. */
export function runsOf(house: House): Runs {
  const { link } = house
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
    async items(run, list, from, to) {
      const { redis, keys } = house.of(run)
      const items = await redis.patient.lrange(keys.list(run, list), from, to - 1)
      return items.map((item) => JSON.parse(item))
    },
    async halt(run, spans, verdict) {
      await link.ready()
      const { redis, keys } = house.of(run)
      await runScript(redis, 'halt', keys.prefix, [run, ...packHalt(run, spans, verdict)])
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
  if (root === null || root === undefined || shape === null || shape === undefined) return null
  const grafts: Record<string, Graft> = {}
  for (const [under, text] of Object.entries(grafted)) grafts[under] = unpackGraft(text)
  const over = live === '0' // then what could not run has come to its end as well
  const progress = {
    total: Number(total),
    done: Number(over ? total : done),
    failed: Number(failed),
    over,
  }
  return {
    id,
    root,
    parent: parent === '' ? null : (parent ?? null),
    shape: JSON.parse(shape),
    grafts,
    progress,
  }
}
