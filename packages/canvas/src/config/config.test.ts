import { type Json, memoryBackend } from '@arpeggio/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { App } from '../app.ts'
import { group } from '../group.ts'
import { defineTask } from '../tasks/definition.ts'
import { DEFAULTS, type Settings } from './settings.ts'

function appWith(settings: Settings): App {
  const app = new App({ logLevel: 'silent', report: () => {}, ...settings })
  onTestFinished(() => app.close())
  return app
}

describe('a setting of tasks', () => {
  it('holds for those that say nothing themselves', () => {
    const config = { ...DEFAULTS, taskTrackStarted: true, taskAcksLate: false, taskRejectOnWorkerLost: false }
    expect(defineTask(() => 1, { name: 't' }, undefined, config).task).toMatchObject({
      ...{ trackStarted: true, acksLate: false, rejectOnWorkerLost: false },
    })
    const own = { trackStarted: false, acksLate: true, rejectOnWorkerLost: true }
    expect(defineTask(() => 1, { name: 't', ...own }, undefined, config).task).toMatchObject(own)
  })

  it('limits how often they start, unless rates are not heeded', () => {
    const rateOf = (settings: Settings, rateLimit?: '5/s') =>
      defineTask(() => 1, { name: 't', ...(rateLimit && { rateLimit }) }, undefined, {
        ...DEFAULTS,
        ...settings,
      }).task.rate
    const limited: Settings = { taskDefaultRateLimit: '10/s' }
    expect(rateOf(limited)).toEqual({ intervalMs: 100, scope: 'worker' })
    expect(rateOf(limited, '5/s')).toEqual({ intervalMs: 200, scope: 'worker' })
    expect(rateOf({ ...limited, workerDisableRateLimits: true }, '5/s')).toBeUndefined()
  })

  it('holds for tasks that were there before it was said', async () => {
    const app = appWith({})
    const one = app.task('one', () => 1)
    const kept = app.task({ name: 'kept', ignoreResult: false }, () => 2)
    app.configure({ taskIgnoreResult: true })
    expect(await (await group(one.s(), kept.s()).apply()).get()).toEqual([null, 2])
  })

  it('ends what takes too long, unless the task or the call may take longer', async () => {
    const app = appWith({ taskTimeLimit: '10ms', taskAnnotations: { patient: { timeLimit: '1m' } } })
    const stuck = app.task('stuck', () => new Promise<void>(() => {}))
    const limits = app.task({ name: 'patient', bind: true }, (self) => self.request.timeLimit)
    await expect((await stuck.apply()).get()).rejects.toThrow('stuck ran longer than the 10 ms it may take')
    expect(await (await group(limits.s(), limits.s().set({ timeLimit: '2m' })).apply()).get()).toEqual([
      60_000, 120_000,
    ])
  })

  it('names those that come after it', () => {
    const app = appWith({})
    app.task(function before() {})
    app.configure({ taskNaming: (fn, name) => `${name}.${fn}` })
    app.task(function after() {})
    expect(app.tasks).toEqual(['before', 'app.after'])
  })
})

describe('eager runs', () => {
  const boom = (): number => {
    throw new RangeError('boom')
  }

  it('are thrown where they fail, if that is wanted', async () => {
    const app = appWith({ taskEagerPropagates: true })
    const fail = app.task('fail', boom)
    await expect(fail.apply()).rejects.toThrow(RangeError)
    await expect(group(fail.s(), fail.s()).apply()).rejects.toThrow('boom')
    expect(await (await app.task('fine', () => 1).apply()).get()).toBe(1)
  })

  it('are so where everything is eager, too; otherwise the handle tells', async () => {
    const loud = appWith({ taskEagerPropagates: true, alwaysEager: true })
    await expect(loud.task('fail', boom).delay()).rejects.toThrow(RangeError)
    const quiet = appWith({ alwaysEager: true })
    const result = await quiet.task('fail', boom).delay()
    expect(await result.state()).toBe('FAILURE')
  })

  it('can be asked for after the app was made', async () => {
    const app = appWith({})
    const add = app.task('add', (a: number, b: number) => a + b)
    app.configure({ alwaysEager: true })
    expect(await add.run(1, 2)).toBe(3)
  })

  it('keep results as long as the settings say, by their own clock', async () => {
    const app = appWith({ alwaysEager: true, resultExpires: '1h' })
    const one = app.task('one', () => 1)
    const first = await one.delay()
    await one.s().set({ countdown: '30m' }).delay()
    expect(await first.state()).toBe('SUCCESS')
    await one.s().set({ countdown: '31m' }).delay()
    await one.delay()
    expect(await first.state()).toBe('UNKNOWN')
  })
})

describe('events', () => {
  it.each<[Settings, readonly string[]]>([
    [{}, []],
    [{ taskSendSentEvent: true }, ['run-started', 'task-sent']],
    [{ workerSendTaskEvents: true }, ['task-started', 'task-succeeded']],
    [{ events: true }, ['run-started', 'task-sent', 'task-started', 'task-succeeded']],
  ])('are told by those whom %o lets tell always', async (settings, told) => {
    const memory = memoryBackend()
    const written: unknown[] = []
    const write = (batch: readonly { readonly [key: string]: Json }[]): void => {
      written.push(...batch.map(({ type }) => type))
    }
    const backend = { ...memory, events: { ...memory.events, write, isRead: () => false } }
    const app = new App({ backend, logLevel: 'silent', ...settings })
    onTestFinished(() => app.close())
    const one = app.task('one', () => 1)
    await app.worker().start()
    await one.run()
    const all = ['run-started', 'task-sent', 'task-started', 'task-succeeded']
    await expect.poll(() => all.filter((type) => written.includes(type))).toEqual(told)
  })
})
