import { afterAll, describe, expect, test } from 'vitest'
import { conduct } from './conductor.ts'
import { measureReplication } from './replication.ts'
import { LANES, SHORT } from './size.ts'
import { tableOf } from './table.ts'

/*
 * `npm run chaos -- --short`, as a test. ARPEGGIO_SEED draws the same workflows, and the same faults at the same stage of
 * the work.
 */

const SEED = Number(process.env['ARPEGGIO_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const interruption = new AbortController()
afterAll(() => interruption.abort())

const PLACES = {
  single: 'a server that keeps what it acknowledged',
  sentinel: 'a master with a replica and Sentinels',
  cluster: 'a cluster',
} as const
const lanes = LANES.map((stages) => ({ on: stages.map((stage) => PLACES[stage]).join(', then on '), stages }))

describe.concurrent('random workflows, while everything goes wrong', { timeout: 240_000 }, () => {
  test.each(lanes)('on $on: nothing is lost, sent twice, stuck, wrong or left behind', async ({ stages }) => {
    console.info(`ARPEGGIO_SEED=${SEED}`)
    for (const stage of stages) {
      const performance = await conduct(stage, SHORT[stage], SEED, interruption.signal)
      console.info(tableOf([performance]))
      expect(performance).toMatchObject({ accidents: [], findings: [], faults: SHORT[stage].faults })
    }
  })
})

test('a run that a replica has confirmed survives its master; one that was only acknowledged may not', async () => {
  const [asynchronous, , confirmed] = await measureReplication(interruption.signal)
  expect(asynchronous?.lost).toBeGreaterThan(0)
  expect(confirmed).toMatchObject({ lost: 0 })
  expect(confirmed?.acknowledged).toBeGreaterThan(0)
}, 60_000)
