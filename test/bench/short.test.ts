import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { grow } from '../../bench/growth/growth.ts'
import { compare } from '../../bench/peer/contest.ts'
import { MEASURES } from '../../bench/peer/measures.ts'
import { compileAll } from '../../bench/types/compiling.ts'
import { DRAWINGS } from '../../bench/types/drawings.ts'
import { FROM_SOURCE, startProcess } from '../support/process.ts'
import { startServer } from '../support/redis-server.ts'

/*
 * What is measured is right, in sizes that take no time: each measure gives numbers, and checks the values it gets by itself.
 * How large the numbers are is nobody's business here.
 */

const PRODUCER = join(import.meta.dirname, '../../bench/peer/producer.ts')
/** Longer than any measurement may take, so that it is told which one did. */
const LONGEST_MS = 400_000

describe.concurrent.each(['arpeggio', 'bullmq'])('the side of %s', (side) => {
  test(
    'gives right values and a number for each figure',
    async () => {
      await using server = await startServer()
      await using producer = startProcess(PRODUCER, [side, server.url, 'tiny'])
      for (const { name, figures } of MEASURES) {
        const numbers = (await producer.ask(name)) as number[]
        expect(numbers, name).toHaveLength(figures.length)
        // What memory grows by may be nothing in this size.
        for (const number of numbers) expect(number, name).toBeGreaterThanOrEqual(0)
      }
    },
    LONGEST_MS,
  )
})

describe('a comparison', () => {
  test(
    'has the medians of both sides and their ratio',
    async () => {
      const contest = { scale: 'tiny', rounds: 1, python: null, nodeOptions: FROM_SOURCE } as const
      const [p50, p99, ...others] = await listed(compare({ ...contest, only: 'latency-p50' }))
      expect(others).toEqual([])
      expect(p99?.figure.name).toBe('latency-p99')
      expect(p50?.failures).toEqual([])
      const { arpeggio = 0, bullmq = 0 } = p50?.medians ?? {}
      expect(arpeggio).toBeGreaterThan(0)
      expect(p50?.ratio).toBe(arpeggio / bullmq)
    },
    LONGEST_MS,
  )
})

test(
  'growth has a line for each size',
  async () => {
    const lines = await listed(grow('tiny', 1, FROM_SOURCE))
    expect(lines.map((line) => line.members)).toEqual([200, 400])
    for (const line of lines) {
      expect(line.tasksPerSecond).toBeGreaterThan(0)
      expect(line.launchMs).toBeGreaterThan(0)
    }
  },
  LONGEST_MS,
)

test(
  'the compiler tells what programs cost it',
  async () => {
    const [alone, hundred] = await listed(compileAll(1, DRAWINGS.slice(0, 2)))
    expect(alone?.instantiations).toBeGreaterThan(0)
    expect(hundred?.instantiations).toBeGreaterThan(alone?.instantiations ?? Number.NaN)
  },
  LONGEST_MS,
)

async function listed<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of all) list.push(one)
  return list
}
