import { memoryBackend } from '@arpeggio/core'
import { describe, expect, it, vi } from 'vitest'
import { App } from '../app.ts'

describe('a report', () => {
  const throwing = (): never => {
    throw new Error('no report today')
  }

  it.each<[string, () => void]>([
    ['throws', throwing],
    ['rejects', async () => throwing()],
  ])('that %s breaks no worker, and the console hears of both', async (_how, report) => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const memory = memoryBackend()
    let faults = 1
    const backend = {
      ...memory,
      deliveries: {
        ...memory.deliveries,
        receive: (...given: Parameters<typeof memory.deliveries.receive>) => {
          if (faults-- > 0) throw new Error('connection lost')
          return memory.deliveries.receive(...given)
        },
      },
    }
    await using app = new App({ backend, report, logLevel: 'silent' })
    await app.worker().start()
    expect(await app.task('one', () => 1).run()).toBe(1)
    expect(told.mock.calls.map(([problem]) => problem)).toEqual([
      'arpeggio: No work could be received; it will be tried again until it can.',
      'arpeggio: The report function of the app threw.',
    ])
    told.mockRestore()
  })
})
