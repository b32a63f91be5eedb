import {
  type App,
  type AppOptions,
  MaxRetriesExceededError,
  Retry,
  type RetryOptions,
  type TaskRequest,
} from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'
import { everywhere, playing, withWorkers } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/* When a task is run again, with what, and when no more: the same wherever it runs. */

class Busy extends Error {
  override name = 'Busy'
}
class VeryBusy extends Busy {
  override name = 'VeryBusy'
}

const here = redisHere()

describe.each(everywhere(here))('%s', (_, make) => {
  /** How long each retry waits, in milliseconds, of all that is run again from now on. */
  function waitsOf(app: App): number[] {
    const waits: number[] = []
    app.on('task-retry', ({ countdownMs }) => void waits.push(countdownMs))
    return waits
  }

  describe('a task that asks to run again', () => {
    test('and says why to nobody fails in the end with an error that says how often it tried', async () => {
      const { app, play } = await playing(make)
      const ask = app.task({ name: 'ask', bind: true, maxRetries: 2 }, (self) => self.retry())
      const result = await play(ask.s())
      const error = await result.get({ propagate: false })
      expect(error).toBeInstanceOf(MaxRetriesExceededError)
      expect(error).toMatchObject({ code: 'retries-exhausted', message: expect.stringContaining('2 times') })
    })

    test('waits three minutes if nothing is said, and else as long as its task says, or this one call', async () => {
      const { app, play } = await playing(make)
      const waits = waitsOf(app)
      const usual = app.task({ name: 'usual', bind: true, maxRetries: 1 }, (self) => self.retry())
      const own = app.task({ name: 'own', bind: true, maxRetries: 2, defaultRetryDelay: '7s' }, (self) =>
        self.request.retries === 0 ? self.retry() : self.retry({ countdown: '2s' }),
      )
      await play(usual.s())
      await play(own.s())
      expect(waits).toEqual([180_000, 7_000, 2_000])
    })

    test('may name the moment, which it then knows', async () => {
      const { app, play } = await playing(make)
      const moment = new Date(Math.floor(app.backend.clock.now() / 1_000) * 1_000 + 3_600_000)
      const seen: TaskRequest['eta'][] = []
      const ask = app.task({ name: 'ask', bind: true }, (self) => {
        seen.push(self.request.eta)
        if (self.request.retries === 0) self.retry({ eta: moment })
      })
      expect(await (await play(ask.s())).state()).toBe('SUCCESS')
      expect(seen).toEqual([null, moment])
    })

    test('at a moment and after a while at once fails, and says so, whichever way it asks', async () => {
      const { app, play } = await playing(make)
      const both = { countdown: '1s', eta: new Date(0) } as const
      const ask = app.task({ name: 'ask', bind: true }, (self) => self.retry(both))
      const thrower = app.task('thrower', () => {
        throw new Retry(both)
      })
      for (const task of [ask, thrower]) {
        await expect((await play(task.s())).get()).rejects.toMatchObject({
          code: 'option-invalid',
          message: `retry of ${task.name} was given both countdown and eta. Give one of them.`,
        })
      }
    })

    test('with an option that nobody knows fails, and is told which was meant', async () => {
      const { app, play } = await playing(make)
      const thrower = app.task('thrower', () => {
        throw new Retry({ countdwon: '1s' } as RetryOptions)
      })
      await expect((await play(thrower.s())).get()).rejects.toMatchObject({
        code: 'option-invalid',
        message: 'retry of thrower has no option "countdwon". Did you mean countdown?',
      })
    })

    test('may be given other arguments then', async () => {
      const { app, play } = await playing(make)
      const fetch = app.task({ name: 'fetch', bind: true }, (self, page: number, how: { deep: boolean }) => {
        if (self.request.retries === 0) self.retry({ countdown: 0, args: [page + 1], kwargs: { deep: true } })
        return [page, how.deep]
      })
      expect(await (await play(fetch.s(1).kw({ deep: false }))).get()).toEqual([2, true])
    })

    test('may do so as often as this one call says, whatever its task says', async () => {
      const { app, play } = await playing(make)
      const never = app.task({ name: 'never', bind: true }, (self) =>
        self.retry({ maxRetries: 0, error: new Busy('at once') }),
      )
      expect(await (await play(never.s())).get({ propagate: false })).toMatchObject({ name: 'Busy' })
      const rarely = app.task({ name: 'rarely', bind: true, maxRetries: 0 }, (self) => {
        if (self.request.retries < 5) self.retry({ maxRetries: Number.POSITIVE_INFINITY, countdown: '1m' })
        return self.request.retries
      })
      expect(await (await play(rarely.s())).get()).toBe(5)
    })

    test('may do so without end, if its task says that', async () => {
      const { app, play } = await playing(make)
      const stubborn = app.task(
        { name: 'stubborn', bind: true, maxRetries: Number.POSITIVE_INFINITY },
        (self) => (self.request.retries < 10 ? self.retry({ countdown: '1h' }) : self.request.retries),
      )
      expect(await (await play(stubborn.s())).get()).toBe(10)
    })
  })

  describe('errors that make a task run again by themselves', () => {
    /** A task that always fails, and how long its retries wait. */
    async function waits(options: object, settings: AppOptions = {}): Promise<readonly number[]> {
      const { app, play } = await playing(make, settings)
      const heard = waitsOf(app)
      const fail = app.task({ name: 'fail', autoretryFor: [Busy], ...options }, (): void => {
        throw new Busy('busy')
      })
      expect(await (await play(fail.s())).get({ propagate: false })).toBeInstanceOf(Busy)
      return heard
    }

    test('are waited out, each time twice as long, but no longer than is said', async () => {
      const options = { retryBackoff: true, retryJitter: false, maxRetries: 4, retryBackoffMax: '5s' }
      expect(await waits(options)).toEqual([1_000, 2_000, 4_000, 5_000])
      expect(await waits({ retryBackoff: 3, retryJitter: false, maxRetries: 2 })).toEqual([3_000, 6_000])
    })

    test('are waited out for ten minutes at most if nothing is said', async () => {
      const all = await waits({ retryBackoff: 400, retryJitter: false, maxRetries: 3 })
      expect(all).toEqual([400_000, 600_000, 600_000])
    })

    test('are waited out for a part of that which chance draws, if nothing is said', async () => {
      const options = { retryBackoff: 8, maxRetries: 3 }
      expect(await waits(options, { random: () => 0 })).toEqual([0, 0, 0])
      expect(await waits(options, { random: () => 0.5 })).toEqual([4_000, 8_000, 16_000])
    })

    test('are of the classes that it names, and their kinds, but for those it excepts', async () => {
      const { app, play } = await playing(make)
      const tries: string[] = []
      const options = { autoretryFor: [Busy], dontAutoretryFor: [VeryBusy], maxRetries: 1 }
      const fail = app.task({ name: 'fail', ...options }, (kind: 'busy' | 'very' | 'other'): void => {
        tries.push(kind)
        throw { busy: new Busy(), very: new VeryBusy(), other: new TypeError() }[kind]
      })
      for (const kind of ['busy', 'very', 'other'] as const) {
        expect(await (await play(fail.s(kind))).state()).toBe('FAILURE')
      }
      expect(tries).toEqual(['busy', 'busy', 'very', 'other'])
    })
  })
})

describe.each(withWorkers(here))('%s', (_, make) => {
  test('a task that waits to be run again stands as RETRY, and tells why', async () => {
    const { app, finished } = await playing(make)
    const waits = new Promise((resolve) => app.on('task-retry', resolve))
    const flaky = app.task({ name: 'flaky', bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: '1h', error: new Busy('not now') })
      return 'now'
    })
    const result = await flaky.delay()
    await waits
    expect(await result.look()).toMatchObject({ state: 'RETRY', info: { type: 'Busy', message: 'not now' } })
    expect(await result.ready()).toBe(false)
    expect(await app.inspect.queues()).toMatchObject([{ name: 'default', waiting: 0, delayed: 1 }])
    await finished(result)
    expect(await result.get()).toBe('now')
  })

  test('a task that waits to be run again can be revoked', async () => {
    const { app, finished } = await playing(make)
    const waits = new Promise((resolve) => app.on('task-retry', resolve))
    let tries = 0
    const flaky = app.task({ name: 'flaky', bind: true }, (self) => {
      tries++
      self.retry({ countdown: '1h' })
    })
    const result = await flaky.delay()
    await waits
    await result.revoke()
    await finished(result)
    expect([await result.state(), tries]).toEqual(['REVOKED', 1])
  })
})
