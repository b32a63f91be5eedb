import { App, chain, currentTask, signature } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'

/** The limits that a task finds it has, in milliseconds: the hard one, and the soft one. */
const limitsHere = (): [number | null, number | null] => {
  const { timeLimit = null, softTimeLimit = null } = currentTask()?.request ?? {}
  return [timeLimit, softTimeLimit]
}

describe('no limit', () => {
  const settings = { taskTimeLimit: '5m', taskSoftTimeLimit: '4m', taskDefaultRateLimit: '1/h' } as const

  it('is what a task, an annotation, a route or a call says, whatever is said for all', async () => {
    await using app = new App({
      ...settings,
      taskAnnotations: { annotated: { timeLimit: null } },
      taskRoutes: { routed: { softTimeLimit: null } },
    })
    const plain = app.task('plain', limitsHere)
    const patient = app.task({ name: 'patient', timeLimit: null, softTimeLimit: null }, limitsHere)
    const annotated = app.task({ name: 'annotated', timeLimit: '1m' }, limitsHere)
    const routed = app.task('routed', limitsHere)
    const gives = async (sig: ReturnType<typeof plain.s>) => (await sig.apply()).get()
    expect(await gives(plain.s())).toEqual([300_000, 240_000])
    expect(await gives(patient.s())).toEqual([null, null])
    expect(await gives(annotated.s())).toEqual([null, 240_000])
    expect(await gives(routed.s())).toEqual([300_000, null])
    expect(await gives(plain.s().set({ timeLimit: null }))).toEqual([null, 240_000])
    expect(await gives(patient.s().set({ timeLimit: '1s' }))).toEqual([1_000, null])
    expect(await gives(chain(plain.s()).set({ softTimeLimit: null }))).toEqual([300_000, null])
  })

  it('stays with a signature in its JSON form, and with what replaces a task', async () => {
    await using app = new App(settings)
    const plain = app.task('plain', limitsHere)
    const again = app.task({ name: 'again', bind: true }, (self) => self.replace(plain.s()))
    const sig = plain.s().set({ timeLimit: null })
    const text = JSON.stringify(sig)
    expect(JSON.parse(text).options).toEqual({ time_limit: null })
    expect(JSON.stringify(signature(JSON.parse(text), app))).toBe(text)
    expect(await (await signature(JSON.parse(text), app).apply()).get()).toEqual([null, 240_000])
    expect(await (await again.s().set({ timeLimit: null }).apply()).get()).toEqual([null, 240_000])
  })

  it('of a rate lets a task start as often as it likes', async () => {
    await using app = new App({ ...settings, taskAnnotations: { free: { rateLimit: null } } })
    const [free, own] = [
      { name: 'free', rateLimit: '1/h' },
      { name: 'own', rateLimit: null },
    ] as const
    const worker = app.worker()
    const tasks = [app.task(free, () => 1), app.task(own, () => 1)]
    await worker.start()
    for (const task of tasks) expect([await task.run(), await task.run()]).toEqual([1, 1])
  })
})

describe('a soft limit above the hard one, which would never come', () => {
  const wrong = { softTimeLimit: '2m', timeLimit: '1m' } as const
  const app = new App({ name: 'limits' })
  const add = app.task('add', (a: number, b: number) => a + b)

  it.each<[string, () => unknown, string]>([
    ['a task', () => app.task({ name: 'slow', ...wrong }, () => 1), 'the task slow'],
    ['a call', () => add.s(1, 2).set(wrong), 'add'],
    ['what is sent', () => add.applyAsync([1, 2], wrong), 'add'],
    ['two things said of one call', () => add.s().set({ timeLimit: 5 }).set({ softTimeLimit: 6 }), 'add'],
    ['a canvas', () => chain(add.s(1, 2), add.s(3)).set(wrong), 'this chain'],
    ['settings', () => new App({ taskTimeLimit: 1, taskSoftTimeLimit: 2 }), 'the settings'],
    ['annotations', () => new App({ taskAnnotations: { 'a.*': wrong } }), 'the annotation of a.*'],
    ['routes', () => new App({ taskRoutes: { 'a.*': wrong } }), 'the route of a.*'],
    ['control', () => app.control.timeLimit('add', { soft: '2m', hard: '1m' }), 'the task add'],
  ])('is refused in %s', async (_, say, whose) => {
    const refused = { code: 'option-invalid', message: expect.stringContaining(`time limit of ${whose} is `) }
    await expect((async () => say())()).rejects.toMatchObject(refused)
  })

  it('is refused in a signature as JSON', () => {
    const options = { time_limit: 60, soft_time_limit: 120 }
    expect(() => signature({ task: 'add', options })).toThrow(
      expect.objectContaining({
        code: 'signature-invalid',
        message: expect.stringContaining('above the time_limit'),
      }),
    )
  })

  it('is none where one place says the one, and another the other: the hard one comes first', async () => {
    const strict = new App({ taskTimeLimit: '1m', taskAnnotations: { slow: { timeLimit: '30s' } } })
    const slow = strict.task({ name: 'slow', softTimeLimit: '2m' }, limitsHere)
    const also = strict.task({ name: 'also', softTimeLimit: '2m' }, limitsHere)
    expect(await (await slow.apply()).get()).toEqual([30_000, 120_000])
    expect(await (await also.apply()).get()).toEqual([60_000, 120_000])
    expect(await (await also.s().set({ timeLimit: '1s' }).apply()).get()).toEqual([1_000, 120_000])
  })

  it('may be as long as the hard one', () => {
    expect(() => add.s().set({ softTimeLimit: '1m', timeLimit: 60_000 })).not.toThrow()
  })
})
