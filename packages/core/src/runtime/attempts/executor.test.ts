import { describe, expect, it } from 'vitest'
import { type VirtualClock, virtualClock } from '../../memory/clock.ts'
import { type MemoryBackend, memoryBackend } from '../../memory/memory-backend.ts'
import { LIMITS } from '../../model/limits.ts'
import type { Call, CallOptions, Fork, Plan, Step } from '../../model/plan.ts'
import type { Shape } from '../../model/shape.ts'
import type { Delivery, Standing } from '../../ports/backend.ts'
import { launch } from '../runs/launch.ts'
import { currentTask, type TaskContext, UNHEARD } from '../tasks/context.ts'
import { Ignore, Reject, Retry } from '../tasks/control.ts'
import { PLAIN_TASK, type TaskDefinition } from '../tasks/task.ts'
import { turn } from '../waiting/turn.ts'
import { createExecutor, type Executor } from './executor.ts'

/*
 * One delivery after another, by hand, on a memory backend whose clock stands still until it is told to go on.
 */

describe('a task that gives a value', () => {
  it('has that stored and told to what follows, as JSON', async () => {
    const { drain, at } = await sent([call('0', 'date'), call('1', 'echo', { takes: '' })], {
      date: () => ({ on: new Date(0), nothing: undefined }),
      echo: (args) => args,
    })
    await drain()
    expect(await at('r.0')).toEqual(success({ on: '1970-01-01T00:00:00.000Z' }))
    expect(await at('r')).toEqual(success([{ on: '1970-01-01T00:00:00.000Z' }]))
  })

  it('is given its arguments, its keyword arguments and itself', async () => {
    let request: TaskContext['request'] | undefined
    const options: CallOptions = { headers: { trace: 1 }, stamps: { tenant: 7 } }
    const { drain } = await sent([call('0', 'look', { args: [1], kwargs: { k: 2 }, options, takes: '' })], {
      look(_args, _kwargs, self) {
        request = self.request
        expect(currentTask()).toBe(self)
      },
    })
    await drain()
    expect(request).toEqual({
      ...{ id: 'r', task: 'look', args: [1], kwargs: { k: 2 }, retries: 0, rootId: 'r', parentId: null },
      ...{ correlationId: 'r', group: null, groupIndex: null, chord: null },
      ...{ chain: [], callbacks: [], errbacks: [], eta: null, expires: null },
      ...{ timeLimit: null, softTimeLimit: null, ignoreResult: false, shadow: null },
      ...{ headers: { trace: 1 }, stamps: { tenant: 7 } },
      ...{ deliveryInfo: { queue: 'default', priority: 5, redelivered: false }, deliveries: 1 },
      ...{ hostname: 'here', isEager: false, calledDirectly: false },
    })
    expect(currentTask()).toBeNull()
  })
})

describe('a task that fails', () => {
  it('has the error stored as a record', async () => {
    const { drain, at } = await sent([call('0', 'fail', { takes: '' })], {
      fail() {
        throw new RangeError('too far')
      },
    })
    await drain()
    expect(await at('r')).toEqual(
      failure({ type: 'RangeError', message: 'too far', stack: expect.any(String) }),
    )
  })

  it('that gave what JSON cannot carry says where it is', async () => {
    const { drain, at } = await sent([call('0', 'odd', { takes: '' })], {
      odd: () => ({ rows: [1, { by: () => 1 }] }),
    })
    await drain()
    expect(await at('r')).toEqual(
      failure({
        code: 'value-not-json',
        message: expect.stringContaining('result.rows[1].by a function cannot travel'),
      }),
    )
  })

  it('that gave more than a result may have says so', async () => {
    const { drain, at } = await sent([call('0', 'big', { takes: '' })], {
      big: () => 'x'.repeat(LIMITS.valueBytes),
    })
    await drain()
    expect(await at('r')).toEqual(
      failure({
        code: 'limit-exceeded',
        message: expect.stringMatching(/result of big has \d+ bytes.*Store it elsewhere/),
      }),
    )
  })

  it('that cannot be read as JSON fails, and says why', async () => {
    const { drain, at } = await sent([call('0', 'odd', { takes: '' })], {
      odd: () => ({
        toJSON() {
          throw new Error('not to be told')
        },
      }),
    })
    await drain()
    const message = expect.stringContaining('reading it failed with Error: not to be told')
    expect(await at('r')).toEqual(failure({ code: 'value-not-json', message }))
  })

  it('that nobody knows is a failure like any other, with a code', async () => {
    const { drain, at } = await sent([call('0', 'nobody', { takes: '' })], {})
    await drain()
    expect(await at('r')).toEqual(
      failure({
        code: 'task-unknown',
        message: expect.stringContaining('No task named "nobody" is registered'),
      }),
    )
  })
})

describe('a delivery that is not run', () => {
  it('because it expired ends as revoked, without being run', async () => {
    const world = await sent([call('0', 'count', { options: { expires: 1_500, countdown: 600 }, takes: '' })])
    await world.drain()
    expect([world.runs(), await world.at('r')]).toEqual([
      0,
      { kind: 'ended', verdict: expect.objectContaining({ state: 'REVOKED' }) },
    ])
    expect(await world.at('r')).toMatchObject({
      verdict: {
        failure: {
          error: { code: 'task-revoked', message: expect.stringContaining('1970-01-01T00:00:01.500Z') },
        },
      },
    })
  })

  it('does run at the very moment it expires', async () => {
    const { drain, runs } = await sent([
      call('0', 'count', { options: { expires: 1_500, countdown: 500 }, takes: '' }),
    ])
    await drain()
    expect(runs()).toBe(1)
  })

  it(`because it was delivered ${LIMITS.deliveries} times in vain is buried with the reason, and fails`, async () => {
    const world = await sent([call('0', 'count', { takes: '' })])
    for (let i = 0; i < LIMITS.deliveries; i++) {
      const [delivery] = await world.take()
      await world.backend.deliveries.release([delivery as Delivery], 'rejected') // as if its worker had died
    }
    await world.drain()
    const reason = `count was given up after ${LIMITS.deliveries} deliveries, none of which came to an end`
    expect(await world.backend.deadLetters.list()).toMatchObject([
      { id: 'r', reason, message: { task: 'count' } },
    ])
    expect([world.runs(), await world.at('r')]).toEqual([
      0,
      failure({ type: 'WorkerLostError', message: reason }),
    ])
  })

  it('because workers die of sending what follows fails the chord it closes, and is buried', async () => {
    const world = await sent([
      fork('0', [[call('1', 'count')], [call('2', 'count')]]),
      call('3', 'echo', { takes: '' }),
    ])
    await world.step()
    const [closing] = await world.take()
    await world.executor.execute({
      ...(closing as Delivery),
      count: 2 * LIMITS.deliveries + 1,
      verdict: { state: 'SUCCESS', value: 2 },
    })
    await world.drain()
    const reason = `what follows from r.0 was to be sent ${2 * LIMITS.deliveries} times, and never was`
    expect(await world.backend.deadLetters.list()).toMatchObject([{ id: 'r.2', reason }])
    expect([await world.at('r.2'), await world.at('r')]).toEqual([
      success(2),
      failure({ type: 'WorkerLostError', message: reason }),
    ])
  })

  it('because its verdict is known drives on what follows, and runs nothing twice', async () => {
    const world = await sent([call('0', 'count'), call('1', 'echo', { takes: '' })])
    const [first] = await world.take()
    await world.executor.execute({ ...(first as Delivery), verdict: { state: 'SUCCESS', value: 'before' } })
    await world.drain()
    expect([world.runs(), await world.at('r')]).toEqual([0, success(['before'])])
  })

  it('because somebody else holds its lease changes nothing', async () => {
    const world = await sent([call('0', 'count', { takes: '' })], {}, { leaseMs: 1_000 })
    const [zombie] = await world.take()
    world.clock.advanceTo(5_000)
    const [heir] = await world.take()
    await world.executor.execute(zombie as Delivery)
    expect(await world.at('r')).toMatchObject({ kind: 'underway' })
    await world.executor.execute(heir as Delivery)
    expect(await world.at('r')).toMatchObject({ kind: 'ended' })
  })
})

describe('a task that may run only once', () => {
  const lost = async (rules: Partial<TaskDefinition>) => {
    const world = await sent([call('0', 'once', { takes: '' })], { once: { ...rules, run: () => 'ran' } })
    const [delivery] = await world.take()
    await world.backend.deliveries.release([delivery as Delivery], 'rejected') // as if its worker had died
    await world.drain()
    return world
  }

  it.each([{ acksLate: false }, { rejectOnWorkerLost: false }])(
    'with %o fails when its worker was lost, and is not run again',
    async (rules) => {
      const world = await lost(rules)
      const message = 'the worker that ran once was lost, and it is not to be run again'
      expect(await world.at('r')).toEqual(failure({ type: 'WorkerLostError', code: 'worker-lost', message }))
      expect(await world.backend.deadLetters.list()).toEqual([])
    },
  )

  it('runs again if nothing is said', async () => {
    expect(await (await lost({})).at('r')).toEqual(success('ran'))
  })

  it('fails when it rejects its message: nobody else may take it', async () => {
    const run = () => {
      throw new Reject('busy', { requeue: true })
    }
    const { drain, at } = await sent([call('0', 'once', { takes: '' })], { once: { acksLate: false, run } })
    await drain()
    expect(await at('r')).toEqual(failure({ type: 'Reject', message: 'busy' }))
  })

  it('gives the rule to the maps of it', async () => {
    const kwargs = { task: { task: 'once', args: [], kwargs: {} }, it: [1] }
    const world = await sent([call('0', 'celery.map', { kwargs, takes: '' })], {
      once: { acksLate: false, run: () => 'ran' },
      'celery.map': () => 'mapped',
    })
    const [delivery] = await world.take()
    await world.executor.execute({ ...(delivery as Delivery), count: 2 })
    expect(await world.at('r')).toEqual(failure({ type: 'WorkerLostError' }))
  })
})

describe('a task that tracks its start', () => {
  it('tells where it runs', async () => {
    const seen: unknown[] = []
    const { drain } = await sent([call('0', 'track', { takes: '' })], {
      track: {
        trackStarted: true,
        run: async (_args, _kwargs, self) => seen.push(...(await self.world.backend.results.get(['r']))),
      },
    })
    await drain()
    const meta = { hostname: 'here', pid: process.pid, since: expect.any(Number) }
    expect(seen).toEqual([{ kind: 'underway', state: 'STARTED', meta }])
  })

  it('runs all the same when that could not be told', async () => {
    const world = await sent([call('0', 'track', { takes: '' })], {
      track: { trackStarted: true, run: () => 'ran' },
    })
    const { note } = world.backend.results
    Object.assign(world.backend.results, { note: () => Promise.reject(new Error('connection lost')) })
    await world.drain()
    Object.assign(world.backend.results, { note })
    expect([await world.at('r'), world.reported]).toEqual([
      success('ran'),
      ['The state STARTED of r could not be told'],
    ])
  })
})

describe('a task that tells how far it is', () => {
  it('meets no time limit because the backend is away, and tells nothing after its end', async () => {
    let task: TaskContext | undefined
    const world = await sent([call('0', 'tell', { options: { timeLimit: 5_000 }, takes: '' })], {
      async tell(_args, _kwargs, self) {
        task = self
        for (let i = 1; i <= 100; i++) await self.progress(i, 100)
        return 'told'
      },
    })
    const told: unknown[] = []
    const { note } = world.backend.results
    const away = (...given: Parameters<typeof note>) => {
      told.push(given)
      return new Promise<void>(() => {})
    }
    Object.assign(world.backend.results, { note: away })
    const stepped = world.step()
    await turn()
    world.clock.advanceTo(world.clock.now() + 4_000)
    await stepped
    await task?.progress(101, 100)
    expect(await world.at('r')).toEqual(success('told'))
    expect(told).toEqual([['r', 'PROGRESS', { done: 1, total: 100, note: null }]])
  })

  it('is not failed by a backend that refuses it', async () => {
    const world = await sent([call('0', 'tell', { takes: '' })], {
      tell: (_args, _kwargs, self) => self.updateState('HALF'),
    })
    Object.assign(world.backend.results, { note: () => Promise.reject(new Error('no room')) })
    await world.drain()
    expect(await world.at('r')).toEqual(success(null))
    expect(world.reported).toEqual(['The state HALF of r could not be told'])
  })
})

describe('a retry that nobody called for', () => {
  const due = async (rules: Partial<TaskDefinition>): Promise<number | null> => {
    const run = () => {
      throw new RangeError('slow')
    }
    const world = await sent([call('0', 'again', { takes: '' })], {
      again: { autoretryFor: [RangeError], run, ...rules },
    })
    await world.step()
    return world.backend.nextDue()
  }

  it('waits as long as its retryKwargs say', async () => {
    expect(await due({ retryKwargs: { countdown: '10s' } })).toBe(11_000)
  })

  it('waits as long as its backoff says, if it has one', async () => {
    const backoff = { retryBackoff: 2_000, retryJitter: false }
    expect(await due({ retryKwargs: { countdown: '10s' }, ...backoff })).toBe(3_000)
  })

  it('is one of as many as its retryKwargs say', async () => {
    expect(await due({ retryKwargs: { maxRetries: 0 } })).toBeNull()
  })
})

describe('a task that throws to say something', () => {
  it('Ignore: it ends as ignored, and so does what follows', async () => {
    const { drain, at } = await sent([call('0', 'skip'), call('1', 'echo', { takes: '' })], {
      skip() {
        throw new Ignore()
      },
    })
    await drain()
    for (const id of ['r.0', 'r'])
      expect(await at(id)).toEqual({ kind: 'ended', verdict: { state: 'IGNORED' } })
  })

  it('Reject: it fails, as any other error', async () => {
    const { drain, at } = await sent([call('0', 'not', { takes: '' })], {
      not() {
        throw new Reject('not here')
      },
    })
    await drain()
    expect(await at('r')).toEqual(failure({ type: 'Reject', message: 'not here' }))
  })

  it('Reject with requeue: it is given back, and another delivery may take it', async () => {
    const { drain, at } = await sent([call('0', 'busy', { takes: '' })], {
      busy(_args, _kwargs, self) {
        if (self.request.deliveries < 3) throw new Reject('busy', { requeue: true })
        return self.request.deliveries
      },
    })
    await drain()
    expect(await at('r')).toEqual(success(3))
  })

  it('Reject with requeue for ever: it is buried', async () => {
    const world = await sent([call('0', 'busy', { takes: '' })], {
      busy() {
        throw new Reject('busy', { requeue: true })
      },
    })
    await world.drain()
    const message = `busy was rejected ${LIMITS.deliveries} times`
    expect(await world.backend.deadLetters.list()).toMatchObject([{ reason: message }])
    const cause = expect.objectContaining({ message: 'busy' })
    expect(await world.at('r')).toEqual(failure({ type: 'Reject', message, cause }))
  })
})

describe('a task that asks to run again', () => {
  it('runs again after its delay, with one retry more each time, until it gives a value', async () => {
    const seen: unknown[] = []
    const { drain, at, clock } = await sent([call('0', 'again', { takes: '' })], {
      again(_args, _kwargs, { request }) {
        seen.push([request.retries, request.id, clock.now()])
        if (request.retries < 2) throw new Retry({ countdown: '10s' })
        return 'at last'
      },
    })
    await drain()
    expect(seen).toEqual([
      [0, 'r', 1_000],
      [1, 'r', 11_000],
      [2, 'r', 21_000],
    ])
    expect(await at('r')).toEqual(success('at last'))
  })

  it('is in the state RETRY meanwhile, with the error that made it ask', async () => {
    const world = await sent([call('0', 'again', { takes: '' })], {
      again() {
        throw new Retry({ error: new RangeError('slow') })
      },
    })
    await world.step()
    expect(await world.at('r')).toMatchObject({
      kind: 'underway',
      state: 'RETRY',
      meta: { type: 'RangeError', message: 'slow' },
    })
  })

  it('waits as long as the task says, or until the moment it is told', async () => {
    const due = async (options: ConstructorParameters<typeof Retry>[0]): Promise<number | null> => {
      const world = await sent([call('0', 'again', { takes: '' })], {
        again() {
          throw new Retry(options)
        },
      })
      await world.step()
      return world.backend.nextDue()
    }
    expect(await due({})).toBe(1_000 + 180_000)
    expect(await due({ countdown: 250 })).toBe(1_250)
    expect(await due({ eta: new Date(60_000) })).toBe(60_000)
    expect(await due({ eta: new Date(0) })).toBeNull()
  })

  it('may run again with other arguments', async () => {
    const { drain, at } = await sent([call('0', 'again', { args: [1], takes: '' })], {
      again(args, kwargs, { request }) {
        if (request.retries === 0) throw new Retry({ args: [2, 3], kwargs: { k: 4 } })
        return [args, kwargs]
      },
    })
    await drain()
    expect(await at('r')).toEqual(success([[2, 3], { k: 4 }]))
  })

  it('fails when it has been retried as often as it may, with the error that made it ask', async () => {
    let runs = 0
    const { drain, at } = await sent([call('0', 'again', { takes: '' })], {
      again() {
        runs++
        throw new Retry({ error: new RangeError('slow') })
      },
    })
    await drain()
    expect([runs, await at('r')]).toEqual([4, failure({ type: 'RangeError', message: 'slow' })])
  })

  it('and gave no error fails as exhausted, and says how often it tried', async () => {
    const { drain, at } = await sent([call('0', 'again', { takes: '' })], {
      again() {
        throw new Retry({ maxRetries: 1 })
      },
    })
    await drain()
    expect(await at('r')).toEqual(
      failure({
        code: 'retries-exhausted',
        message: expect.stringMatching('^again was retried once, as often as it may be'),
      }),
    )
  })

  it('with arguments JSON cannot carry fails, and says which', async () => {
    const { drain, at } = await sent([call('0', 'again', { takes: '' })], {
      again() {
        throw new Retry({ args: [1, new Map()] })
      },
    })
    await drain()
    expect(await at('r')).toEqual(
      failure({ code: 'value-not-json', message: expect.stringContaining('args[1]') }),
    )
  })

  it('with a countdown that is none fails, and says so', async () => {
    const { drain, at } = await sent([call('0', 'again', { takes: '' })], {
      again() {
        throw new Retry({ countdown: 'soon' as never })
      },
    })
    await drain()
    expect(await at('r')).toEqual(
      failure({ code: 'duration-invalid', message: expect.stringContaining('countdown is "soon"') }),
    )
  })

  it.each([
    ['a text for its arguments', { args: 'xy' }],
    ['a maxRetries that is no number', { maxRetries: 'x' }],
    ['arguments over the limit', { args: ['x'.repeat(LIMITS.valueBytes)] }],
  ])('with %s fails, and says so', async (_what, options) => {
    const { drain, at } = await sent([call('0', 'again', { takes: '' })], {
      again(_args, _kwargs, { request }) {
        if (request.retries < 2) throw new Retry(options as never)
      },
    })
    await drain()
    expect(await at('r')).toMatchObject({
      verdict: { state: 'FAILURE', failure: { error: { code: expect.any(String) } } },
    })
  })
})

describe('errors that a task retries by itself', () => {
  class Flaky extends Error {}
  class Fatal extends Flaky {}
  const task = { retryBackoff: 1_000, autoretryFor: [Flaky], dontAutoretryFor: [Fatal] }

  it('are waited out longer and longer, with the delay that chance draws', async () => {
    const seen: number[] = []
    const world = await sent([call('0', 'flaky', { takes: '' })], {
      flaky: {
        ...task,
        retryJitter: false,
        run() {
          seen.push(world.clock.now())
          throw new Flaky('down')
        },
      },
    })
    await world.drain()
    expect(seen).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(await world.at('r')).toEqual(failure({ message: 'down' }))
  })

  it('do not count where the class is named as an exception, and others never do', async () => {
    for (const error of [new Fatal('fatal'), new Error('other')]) {
      let runs = 0
      const { drain, at } = await sent([call('0', 'flaky', { takes: '' })], {
        flaky: {
          ...task,
          run() {
            runs++
            throw error
          },
        },
      })
      await drain()
      expect([runs, await at('r')]).toEqual([1, failure({ message: error.message })])
    }
  })
})

describe('a task that is asked to stop', () => {
  it('hears it through its signal, with the reason', async () => {
    const world = await sent([call('0', 'wait', { takes: '' })], {
      wait: (_args, _kwargs, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    })
    const [delivery] = await world.take()
    const done = world.executor.execute(delivery as Delivery)
    world.executor.abort(new Error('enough'))
    await done
    expect(await world.at('r')).toEqual(failure({ message: 'enough' }))
  })

  it('by the backend is told why', async () => {
    const contexts = new Map<string, TaskContext>()
    const members: Plan[] = ['1', '2', '3'].map((at) => [call(at, 'wait')])
    const world = await sent([fork('0', members)], {
      wait: (_args, _kwargs, self) => {
        contexts.set(self.request.id, self)
        return new Promise(() => {})
      },
    })
    const [a, b, c] = (await world.take(3)) as [Delivery, Delivery, Delivery]
    for (const delivery of [a, b, c]) void world.executor.execute(delivery)
    world.executor.interrupt([
      { delivery: a, why: 'halted' },
      { delivery: c, why: 'lost' },
    ])
    const reasons = ['r.1', 'r.2', 'r.3'].map((id) => contexts.get(id)?.signal.reason?.message)
    expect(reasons).toEqual([
      'wait (r.1) was revoked while it ran',
      undefined,
      expect.stringMatching(/^wait \(r\.3\) lost its lease on the worker here: .*Let it end when its signal/),
    ])
    const told: string[] = []
    world.backend.results.note = (id) => void told.push(id)
    for (const context of contexts.values()) await context.progress(1, 2)
    expect(told).toEqual(['r.2']) // the others are nothing it could tell of
  })

  it('hears of it also when it asks for its signal only afterwards', async () => {
    let context: TaskContext | undefined
    const world = await sent([call('0', 'wait', { takes: '' })], {
      wait: (_args, _kwargs, self) => {
        context = self
        return new Promise(() => {})
      },
    })
    const [delivery] = await world.take()
    void world.executor.execute(delivery as Delivery)
    world.executor.abort(new Error('enough'))
    expect(context?.signal.aborted).toBe(true)
  })
})

type Run = TaskDefinition['run']

interface World {
  readonly clock: VirtualClock
  readonly backend: MemoryBackend
  readonly executor: Executor
  readonly reported: readonly string[]
  /** Takes messages that are due. */
  take(max?: number): Promise<readonly Delivery[]>
  /** Runs one that is due; false if there is none. */
  step(): Promise<boolean>
  /** Runs all there is, however long it takes. */
  drain(): Promise<void>
  at(id: string): Promise<Standing | undefined>
  /** How often `count` has run. */
  runs(): number
}

/** A plan that was sent as the run `r`, one second after the epoch. */
async function sent(
  plan: Plan,
  tasks: Readonly<Record<string, Run | (Partial<TaskDefinition> & { readonly run: Run })>> = {},
  { leaseMs }: { readonly leaseMs?: number } = {},
): Promise<World> {
  const clock = virtualClock(1_000)
  const backend = memoryBackend({ clock, ...(leaseMs !== undefined && { leaseMs }) })
  let counted = 0
  const all = { count: () => ++counted, echo: (args: readonly unknown[]) => args, ...tasks }
  const definitions = Object.entries(all).map(([name, task]): [string, TaskDefinition] => [
    name,
    { ...DEFAULTS, name, ...(typeof task === 'function' ? { run: task } : task) },
  ])
  const registry = { tasks: new Map(definitions), errors: new Map(), random: () => 0 }
  const reported: string[] = []
  const report = (problem: string): void => {
    reported.push(problem)
  }
  const executor = createExecutor(registry, {
    ...UNHEARD,
    backend,
    isEager: false,
    hostname: 'here',
    stopwatch: backend.clock,
    block: () => () => {},
    report,
  })
  const take = async (max = 1): Promise<readonly Delivery[]> =>
    backend.deliveries.receive(['default'], max, AbortSignal.abort())
  const step = async (): Promise<boolean> => {
    const [delivery] = await take()
    if (delivery !== undefined) await executor.execute(delivery)
    return delivery !== undefined
  }
  await launch(backend, 'r', {
    plan,
    lists: {},
    shape: shapeOf(plan as readonly Step[]),
    span: 100,
    calls: plan.length,
  })
  return {
    ...{ clock, backend, executor, take, step, reported },
    async drain() {
      for (let turn = 0; turn < 100; turn++) {
        if (await step()) continue
        const due = backend.nextDue()
        if (due === null) return
        clock.advanceTo(due)
      }
      throw new Error('it never ends')
    },
    at: async (id) => (await backend.results.get([id]))[0],
    runs: () => counted,
  }
}

const DEFAULTS = { ...PLAIN_TASK, maxRetries: 3, defaultRetryDelay: 180_000, retryBackoffMax: 600_000 }

function call(at: string, task: string, more: Partial<Call> = {}): Call {
  const nothing = { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
  return { op: 'call', at, task, ...nothing, ...more }
}

function fork(at: string, branches: readonly Plan[], more: Partial<Fork> = {}): Fork {
  const rest = { policy: 'all', keep: false, options: {}, link: [], errback: [] } as const
  return { op: 'fork', at, branches, size: branches.length, ...rest, ...more }
}

/** Enough of an outline for the ids of a flat plan. */
function shapeOf(steps: readonly Step[]): Shape {
  return steps.map((step) => ({ op: 'call', task: step.op, at: Number(step.at) }))
}

function success(value: unknown): unknown {
  return { kind: 'ended', verdict: { state: 'SUCCESS', value } }
}

function failure(error: object): unknown {
  const verdict = {
    state: 'FAILURE',
    failure: expect.objectContaining({ error: expect.objectContaining(error) }),
  }
  return { kind: 'ended', verdict }
}
