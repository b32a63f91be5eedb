import { type Failure, SoftTimeLimitExceeded, TimeLimitExceeded } from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'
import { everywhere, playing, withWorkers } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/* What takes too long is asked to stop, and then fails: the same wherever it runs. */

const here = redisHere()

/** What never ends by itself. */
const forever = (): Promise<void> => new Promise(() => {})

/** What ends when it is asked to. */
function untilAsked(signal: AbortSignal): Promise<unknown> {
  return new Promise((done) => signal.addEventListener('abort', () => done(signal.reason)))
}

describe.each(everywhere(here))('%s', (_, make) => {
  test('a task fails at its limit, is asked to stop then, and its errbacks are called', async () => {
    const { app, play } = await playing(make)
    const asked: unknown[] = []
    const caught: string[] = []
    const note = app.task('note', ({ error }: Failure) => void caught.push(error.type))
    const stuck = app.task({ name: 'stuck', bind: true, timeLimit: '20ms' }, async (self) => {
      asked.push(await untilAsked(self.signal))
      return 'too late'
    })
    const result = await play(stuck.s().linkError(note.s()))
    const error = await result.get({ propagate: false })
    expect(error).toBeInstanceOf(TimeLimitExceeded)
    expect(error).toMatchObject({
      code: 'time-limit',
      message: 'stuck ran longer than the 20 ms it may take',
    })
    expect(await result.state()).toBe('FAILURE')
    expect([asked, caught]).toEqual([[expect.any(TimeLimitExceeded)], ['TimeLimitExceeded']])
  })

  test('a task that is asked to stop before may still give a value, or stop with that error', async () => {
    const { app, play } = await playing(make)
    const options = { bind: true, softTimeLimit: '20ms', timeLimit: '1h' } as const
    const tidy = app.task({ name: 'tidy', ...options }, async (self) => {
      const why = await untilAsked(self.signal)
      return why instanceof SoftTimeLimitExceeded ? 'tidied up' : String(why)
    })
    const strict = app.task({ name: 'strict', ...options }, async (self): Promise<void> => {
      await untilAsked(self.signal)
      self.signal.throwIfAborted()
    })
    expect(await (await play(tidy.s())).get()).toBe('tidied up')
    const error = await (await play(strict.s())).get({ propagate: false })
    expect(error).toBeInstanceOf(SoftTimeLimitExceeded)
  })

  test('a call may take longer or shorter than its task, and a task than the settings say', async () => {
    const { app, play } = await playing(make, { taskTimeLimit: '20ms', taskSoftTimeLimit: '10ms' })
    const limits = ({ request }: { request: { timeLimit: unknown; softTimeLimit: unknown } }): unknown[] => [
      request.softTimeLimit,
      request.timeLimit,
    ]
    const own = app.task({ name: 'own', bind: true, timeLimit: '1h', softTimeLimit: '1m' }, limits)
    const plain = app.task({ name: 'plain', bind: true }, limits)
    expect(await (await play(own.s())).get()).toEqual([60_000, 3_600_000])
    expect(await (await play(own.s().set({ timeLimit: '2h' }))).get()).toEqual([60_000, 7_200_000])
    expect(await (await play(plain.s())).get()).toEqual([10, 20])
    const stuck = app.task('stuck', forever)
    expect(await (await play(stuck.s())).get({ propagate: false })).toBeInstanceOf(TimeLimitExceeded)
    const held = app.task({ name: 'held', timeLimit: '1h' }, forever)
    const short = held.s().set({ timeLimit: '20ms' })
    expect(await (await play(short)).get({ propagate: false })).toBeInstanceOf(TimeLimitExceeded)
  })

  test('what took too long may be run again, and has the whole time then', async () => {
    const { app, play } = await playing(make)
    const options = { bind: true, autoretryFor: [TimeLimitExceeded], timeLimit: '20ms' } as const
    const slow = app.task({ name: 'slow', ...options }, (self) =>
      self.request.retries < 2 ? forever() : self.request.retries,
    )
    expect(await (await play(slow.s())).get()).toBe(2)
  })
})

describe.each(withWorkers(here))('%s', (_, make) => {
  test('workers are told other limits, which win over those of calls', async () => {
    const { app, play } = await playing(make)
    const stuck = app.task({ name: 'stuck', timeLimit: '1h' }, forever)
    const replies = await app.control.timeLimit('stuck', { hard: '20ms' })
    expect(Object.values(replies)).toEqual([{ ok: null }, { ok: null }])
    const result = await play(stuck.s().set({ timeLimit: '2h' }))
    await expect(result.get()).rejects.toThrow('stuck ran longer than the 20 ms it may take')
    const tidy = app.task({ name: 'tidy', bind: true, timeLimit: '1h' }, async (self) => {
      return (await untilAsked(self.signal)) instanceof SoftTimeLimitExceeded
    })
    await app.control.timeLimit('tidy', { soft: '20ms' })
    expect(await (await play(tidy.s())).get()).toBe(true)
  })
})
