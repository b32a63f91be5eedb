import type { CallOptions } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import { Placements } from './placements.ts'
import type { RouteFunction, TaskRoutes } from './routes.ts'
import { DEFAULTS, readSettings, type Settings } from './settings.ts'

const NOTHING: CallOptions = Object.freeze({})

function placements(settings: Settings): Placements {
  return new Placements({ ...DEFAULTS, ...readSettings(settings, 'a test') })
}

function placed(settings: Settings, task: string, own: CallOptions = NOTHING): CallOptions {
  return placements(settings).of(task, own, [], {}, NOTHING)
}

describe('where a call goes', () => {
  it('is nowhere in particular if nobody says anything', () => {
    expect(placed({}, 'fetch')).toEqual({})
  })

  it.each<[string, TaskRoutes]>([
    ['a name', { fetch: 'web' }],
    ['a glob', { 'f*': 'web' }],
    ['a name before a glob that is written first', { '*': 'rest', 'f*': 'all', fetch: 'web' }],
    ['a glob before the one that fits all', { '*': 'rest', 'f*': 'web' }],
    ['a RegExp', [[/^fetch$/, 'web']]],
    [
      'a pair in a list',
      [
        ['parse', 'cpu'],
        ['fetch', 'web'],
        ['*', 'rest'],
      ],
    ],
    ['a table in a list', [{ parse: 'cpu' }, { 'f*': 'web' }, { fetch: 'late' }]],
    ['a function', (task) => (task === 'fetch' ? 'web' : null)],
    ['what stands behind a function that does not know', [() => undefined, { fetch: 'web' }]],
    ['a function that stands first', [() => ({ queue: 'web' }), { fetch: 'late' }]],
  ])('is told by %s', (_, taskRoutes) => {
    expect(placed({ taskRoutes }, 'fetch')).toEqual({ queue: 'web' })
  })

  it('may be more than a queue, with durations read', () => {
    const taskRoutes = {
      fetch: { queue: 'web', priority: 1, timeLimit: '5m', softTimeLimit: 9, ignoreResult: true },
    } as const
    expect(placed({ taskRoutes }, 'fetch')).toEqual({ ...taskRoutes.fetch, timeLimit: 300_000 })
  })

  it('is told by the task, then by routes, then by the settings', () => {
    const settings = {
      taskDefaultQueue: 'rest',
      taskDefaultPriority: 7,
      taskTimeLimit: '1s',
      taskSoftTimeLimit: 5,
      taskIgnoreResult: true,
      taskRoutes: { fetch: { queue: 'web', priority: 1 } },
    } as const
    const everywhere = { timeLimit: 1_000, softTimeLimit: 5, ignoreResult: true }
    expect(placed(settings, 'fetch', { queue: 'own' })).toEqual({ ...everywhere, queue: 'own', priority: 1 })
    expect(placed(settings, 'fetch')).toEqual({ ...everywhere, queue: 'web', priority: 1 })
    expect(placed(settings, 'other')).toEqual({ ...everywhere, queue: 'rest', priority: 7 })
  })

  it('is looked for once, unless a function has to be asked', () => {
    const fixed = placements({ taskRoutes: { fetch: 'web' } })
    const [one, again] = [1, 2].map(() => fixed.of('fetch', NOTHING, [], {}, NOTHING))
    expect(again).toBe(one)
    expect(fixed.of('fetch', { queue: 'own' }, [], {}, NOTHING), 'once the task is known').toEqual({
      queue: 'own',
    })

    const asked: Parameters<RouteFunction>[] = []
    const taskRoutes: RouteFunction = (...call) => {
      asked.push(call)
      return `queue-${call[1][0]}`
    }
    const asking = placements({ taskRoutes })
    const options = { priority: 2 }
    const calls = [1, 2].map((n) => asking.of('fetch', { ignoreResult: true }, [n], { a: n }, options))
    expect(calls.map(({ queue }) => queue)).toEqual(['queue-1', 'queue-2'])
    expect(asked[1]).toEqual(['fetch', [2], { a: 2 }, { ignoreResult: true, priority: 2 }])
  })

  it.each<[unknown, RegExp]>([
    [5, /taskRoutes is 5\. Routes are \{ 'pages\.\*': 'queue' \}/],
    [['pages.*', 'web'], /^A part of taskRoutes is "pages\.\*"/],
    [[['pages.*']], /^A part of taskRoutes is a list of 1\. Routes are/],
    [[[5, 'web']], /taskRoutes is a list of 2/],
    [{ 'pages.*': 5 }, /^the route of pages\.\* is 5/],
    [{ 'pages.*': '' }, /option queue of the route of pages\.\* cannot be ""/],
    [{ 'pages.*': { queu: 'web' } }, /^the route of pages\.\* has no option "queu"\. Did you mean queue\?/],
    [{ 'pages.*': { countdown: 5 } }, /^the route of pages\.\* has no option "countdown"/],
    [[[/x/, { priority: 10 }]], /option priority of the route of \/x\/ cannot be 10/],
  ])('is not told by %o', (taskRoutes, says) => {
    expect(() => placements({ taskRoutes: taskRoutes as TaskRoutes })).toThrow(
      expect.objectContaining({ code: 'option-invalid', message: expect.stringMatching(says) }),
    )
  })

  it('cannot be what is no route, where a function says it', () => {
    const taskRoutes = (async () => 'web') as unknown as RouteFunction
    expect(() => placed({ taskRoutes }, 'fetch')).toThrow(/^the route of fetch is/)
  })

  it('is one of the queues there are, if there can be no others', () => {
    const strict = placements({ taskQueues: ['web', 'default'], taskCreateMissingQueues: false })
    expect([strict.queueProblem('web'), strict.queueProblem(undefined)]).toEqual([null, null])
    expect(strict.queueProblem('wbe')).toMatchObject({
      code: 'queue-unknown',
      message: expect.stringMatching(/^There is no queue "wbe": taskQueues are web, default\. Name one/),
    })
    expect(placements({ taskQueues: ['web'] }).queueProblem('other')).toBeNull()
  })
})
