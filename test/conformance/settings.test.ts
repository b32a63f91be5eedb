import { type AppOptions, group } from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'
import { everywhere, playing } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/* What is said of all tasks of an app, and of some by their names: the same wherever they run. */

describe.each(everywhere(redisHere()))('%s', (_, make) => {
  /** An app that goes by some settings. */
  const goingBy = (settings: AppOptions) => playing(make, settings)

  test('results are not kept, unless a task or a call says so', async () => {
    const { app, play } = await goingBy({ taskIgnoreResult: true })
    const plain = app.task('plain', () => 1)
    const kept = app.task({ name: 'kept', ignoreResult: false }, () => 2)
    const called = plain.s().set({ ignoreResult: false })
    expect(await (await play(group(plain.s(), kept.s(), called))).get()).toEqual([null, 2, 1])
  })

  test('tasks tell that they have started, unless one does not', async () => {
    const { app, play } = await goingBy({ taskTrackStarted: true })
    const seen: string[] = []
    const look = async (): Promise<void> => void seen.push(await app.result(ids.shift() as string).state())
    const ids = ['loud', 'quiet']
    const loud = app.task('loud', look)
    const quiet = app.task({ name: 'quiet', trackStarted: false }, look)
    await play(loud.s().set({ taskId: 'loud' }))
    await play(quiet.s().set({ taskId: 'quiet' }))
    expect(seen).toEqual(['STARTED', 'PENDING'])
  })

  test('tasks may start so often only, some more seldom, or as often as they like', async () => {
    const settings: AppOptions = {
      taskDefaultRateLimit: '1/h',
      taskAnnotations: { 'pages.*': { rateLimit: '100/s' } },
    }
    const heard = async (options: AppOptions): Promise<unknown> => {
      const { app, play } = await goingBy({ ...settings, ...options })
      const page = app.task('pages.fetch', (n: number) => n)
      return (await play(group([1, 2, 3].map((n) => page.s(n))))).get()
    }
    expect(await heard({})).toEqual([1, 2, 3])
    expect(await heard({ taskAnnotations: {}, workerDisableRateLimits: true })).toEqual([1, 2, 3])
  })

  test('values are packed as is said, or as one task says', async () => {
    const { app, play } = await goingBy({ taskSerializer: 'rich', resultSerializer: 'rich' })
    app.task({ name: 'later', typing: false }, (when: unknown, days: unknown) => [
      new Date(Number(when) + 86_400_000 * Number(days)),
    ])
    const sent = app.signature('later', { args: [new Date(0), 2n] })
    expect(await (await play(sent)).get()).toEqual([new Date(172_800_000)])
    const plain = app.task({ name: 'plain', serializer: 'json' }, (n: unknown) => n)
    await expect(plain.delay(1n as never)).rejects.toMatchObject({ code: 'value-not-json' })
  })

  test('nothing can be said any more once the app runs', async () => {
    const { app, play } = await goingBy({ taskDefaultPriority: 7 })
    const one = app.task({ name: 'one', bind: true }, (self) => self.request.deliveryInfo.priority)
    expect(await (await play(one.s())).get()).toBe(7)
    expect(app.config.taskDefaultPriority).toBe(7)
    expect(Object.isFrozen(app.config)).toBe(true)
    expect(() => app.configure({ taskDefaultPriority: 1 })).toThrow(
      expect.objectContaining({ code: 'config-frozen' }),
    )
  })
})
