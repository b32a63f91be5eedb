import { App, chain, type WorkEvent } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'

describe('the events of a run whose failure is run again', () => {
  it('tell what runs in that round, and that the run is finished once more', async () => {
    await using app = new App({ name: 'again', logLevel: 'silent' })
    let isUp = false
    const ask = app.task('ask', (n: number) => {
      if (isUp) return n
      throw new Error('the service is down')
    })
    const show = app.task('show', (n: number) => String(n))
    await app.worker().start()
    const told = eventsOf(app)
    await told.ready
    const result = await chain(ask.s(1), show.s()).set({ taskId: 'round' }).delay()
    await expect(result.get()).rejects.toThrow('the service is down')
    expect(await told.untilFinished()).toEqual({
      run: ['run-started', 'run-finished'],
      'round.0': ['task-sent', 'task-received', 'task-started', 'task-failed'],
    })
    isUp = true
    await result.run.retryFailed()
    expect(await result.get()).toBe('1')
    expect(await told.untilFinished()).toEqual({
      run: ['run-finished'], // it started once
      'round.0': ['task-received', 'task-started', 'task-succeeded'], // and was sent once
      round: ['task-sent', 'task-received', 'task-started', 'task-succeeded'],
    })
  })
})

type Told = Readonly<Record<string, readonly string[]>>

/** What is told of a run and of each of its nodes, up to the end of a round. */
function eventsOf(app: App): { readonly ready: Promise<void>; untilFinished(): Promise<Told> } {
  const events = app.events()
  const all = events[Symbol.asyncIterator]()
  return {
    ready: events.ready,
    async untilFinished() {
      const told: Record<string, string[]> = {}
      for (;;) {
        const { value } = (await all.next()) as { value: WorkEvent }
        if (!('run' in value)) continue
        const of = 'id' in value ? value.id : 'run'
        told[of] = [...(told[of] ?? []), value.type]
        if (value.type === 'run-finished') return told
      }
    },
  }
}
