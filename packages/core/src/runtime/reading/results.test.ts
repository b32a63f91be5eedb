import { describe, expect, it } from 'vitest'
import { fail, succeed } from '../../machine/machine.ts'
import { virtualClock } from '../../memory/clock.ts'
import { memoryBackend } from '../../memory/memory-backend.ts'
import type { Json } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import type { CallMessage } from '../../model/message.ts'
import type { Call, Fork, Plan } from '../../model/plan.ts'
import type { Shape } from '../../model/shape.ts'
import type { Backend, Delivery } from '../../ports/backend.ts'
import { launch } from '../runs/launch.ts'
import { settle } from '../runs/perform.ts'
import { TaskContext, UNHEARD, within } from '../tasks/context.ts'
import { recordError } from '../tasks/error-record.ts'
import { PLAIN_TASK } from '../tasks/task.ts'
import type { AsyncResult, GroupResult, SharedOptions } from './handles.ts'
import { restoreResult, resultOfId, resultOfRun } from './results.ts'

describe('waiting for a value', () => {
  it('gives it when it comes', async () => {
    const { result, end } = await sent(STEP)
    const value = result.get()
    await turns()
    await end('r', { a: [1] })
    expect(await value).toEqual({ a: [1] })
  })

  it('gives it at once when it is there', async () => {
    const { result, end } = await sent(STEP)
    await end('r', 1)
    expect(await result.get()).toBe(1)
  })

  it('loses no wake-up: the value may come between its first look and its listening', async () => {
    const { backend, result, end } = await sent(STEP)
    const watch = backend.results.watch
    backend.results.watch = async (run, listener, ids) => {
      await end('r', 'in between')
      return watch(run, listener, ids)
    }
    expect(await result.get()).toBe('in between')
  })

  it('of a group misses no member, though the news of one was lost and that of the whole was heard', async () => {
    const link = [{ at: 3, count: 1, span: 1, shape: [spot(0)] }]
    const { backend, result, end } = await sent({
      plan: [{ ...forkOf('0', [[call('1')], [call('2')]]), takes: '', link: [[call('3')]] }],
      shape: [{ ...groupShape(0, 2), link } as Shape[number]],
    })
    const { watch } = backend.results
    backend.results.watch = (run, listener, ids) =>
      watch(run, (change) => change?.id === 'r.1' || listener(change), ids)
    const value = result.get()
    await turns()
    await end('r.1', 1)
    await turns()
    await end('r.2', 2)
    expect(await value).toEqual([1, 2])
  })

  it('is over when its time is, with an error that says what to do; the task goes on', async () => {
    const { result, end, clock } = await sent(STEP)
    const value = result.get({ timeout: '10s' })
    await turns()
    clock.advanceTo(10_000)
    await expect(value).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/^r had not ended after 10000 ms.*wait longer, or cancel its run/),
    })
    await end('r', 1)
    expect(await result.get()).toBe(1)
  })

  it('throws the error of the task, or hands it back where it shall not be thrown', async () => {
    const { result, end } = await sent(STEP)
    await end('r', new RangeError('too far'))
    await expect(result.get()).rejects.toThrow(RangeError)
    expect(await result.get({ propagate: false })).toMatchObject({ name: 'RangeError', message: 'too far' })
  })

  it('for a step that could not run throws the error of the step that failed', async () => {
    const { result, end } = await sent({ plan: [call('0'), call('1', '')], shape: [spot(0), spot(1)] })
    await end('r.0', new RangeError('too far'))
    await expect(result.get()).rejects.toThrow('too far')
    await expect(result.parent?.get()).rejects.toThrow('too far')
  })

  it('hears what is told meanwhile', async () => {
    const { backend, result, end } = await sent(STEP)
    const heard: unknown[] = []
    const value = result.get({ onMessage: ({ id, state, meta }) => heard.push([id, state, meta]) })
    await turns()
    await backend.results.note('r', 'PROGRESS', { current: 1 })
    await end('r', 1)
    await value
    expect(heard).toEqual([
      ['r', 'PROGRESS', { current: 1 }],
      ['r', 'SUCCESS', null],
    ])
  })

  it('by asking again and again leaves others their turn', async () => {
    const { result, end } = await sent(STEP)
    setTimeout(() => void end('r', 1), 5)
    while (!(await result.ready())) await result.state()
    while (!(await result.run.progress()).over);
    expect(await result.get()).toBe(1)
  })

  it('or by a look, which tells state and info of one moment', async () => {
    const { backend, result, end } = await sent(STEP)
    expect(await result.look()).toEqual({ state: 'PENDING', info: null })
    await backend.results.note('r', 'HALF', 'way')
    expect(await result.look()).toEqual({ state: 'HALF', info: 'way' })
    await end('r', new RangeError('too far'))
    expect(await result.look()).toMatchObject({ state: 'FAILURE', info: { message: 'too far' } })
  })

  it('that nobody knows fails at once, and says so', async () => {
    const { backend } = await sent(STEP)
    const stranger = resultOfId(deskOf(backend), 'stranger')
    await expect(stranger.get()).rejects.toMatchObject({
      code: 'result-unknown',
      message: expect.stringContaining('Nothing is known of stranger'),
    })
    expect([await stranger.state(), await stranger.ready(), await stranger.info()]).toEqual([
      'UNKNOWN',
      false,
      null,
    ])
    await expect(stranger.revoke()).rejects.toMatchObject({ code: 'result-unknown' })
    await expect(stranger.run.progress()).rejects.toMatchObject({ code: 'result-unknown' })
  })

  it('inside a running task is refused, unless it is asked for', async () => {
    const { backend, result, end, take } = await sent(STEP)
    const [message] = await take()
    let waits = 0
    const block = () => {
      waits++
      return () => {}
    }
    const world = { ...UNHEARD, backend, isEager: false, stopwatch: backend.clock, block }
    const context = new TaskContext(message as CallMessage, PLAIN_TASK, 1, world)
    const refused = within(context, () => result.get())
    await expect(refused).rejects.toMatchObject({
      code: 'wait-in-task',
      message: expect.stringMatching(
        /^t0 waits for r\..*chain them instead, or pass \{ allowInTask: true \}/,
      ),
    })
    const value = within(context, () => result.get({ allowInTask: true }))
    await turns()
    await end('r', 1)
    expect([await value, waits]).toEqual([1, 1])
  })

  it('ends with the run, and without the value, when what it waits for was forgotten', async () => {
    const { result, end } = await sent(STEP)
    const value = result.get()
    value.catch(() => {})
    await turns()
    await result.forget()
    await end('r', 1)
    await expect(value).rejects.toMatchObject({ code: 'result-unknown' })
  })

  it('ends when its backend is closed', async () => {
    const { backend, result } = await sent(STEP)
    let ended = false
    const value = result.get().finally(() => {
      ended = true
    })
    value.catch(() => {})
    await turns()
    await backend.close()
    await turns()
    expect(ended).toBe(true)
  })
})

describe('a group', () => {
  it('gives its values in the order of its members, whoever ends first', async () => {
    const { result, end } = await sent(groupOf(4))
    const values = result.get()
    for (const [place, value] of [
      ['3', 'c'],
      ['1', 'a'],
      ['4', 'd'],
      ['2', 'b'],
    ] as const) {
      await turns()
      await end(`r.${place}`, value)
    }
    expect(await values).toEqual(['a', 'b', 'c', 'd'])
  })

  it('is counted while its members end', async () => {
    const { result, end } = await sent(groupOf(3))
    const group = result as GroupResult<Json[]>
    expect([group.length, await group.completedCount(), await group.ready()]).toEqual([3, 0, false])
    await end('r.1', 1)
    await end('r.3', new Error('boom'))
    expect([await group.completedCount(), await group.ready(), await group.state()]).toEqual([
      1,
      false,
      'PENDING',
    ])
    await end('r.2', 1)
    expect([await group.completedCount(), await group.ready(), await group.state()]).toEqual([
      2,
      true,
      'FAILURE',
    ])
  })

  it('throws the first error that it learns of, without waiting for the others', async () => {
    const { result, end } = await sent(groupOf(3))
    const values = result.get()
    await turns()
    await end('r.2', new RangeError('too far'))
    await expect(values).rejects.toThrow('too far')
  })

  it('hands back errors in their places where they shall not be thrown', async () => {
    const { result, end } = await sent(groupOf(3))
    const values = result.get({ propagate: false })
    for (const place of [3, 2, 1]) {
      await turns()
      await end(`r.${place}`, place === 2 ? new RangeError('too far') : place)
    }
    expect(await values).toEqual([1, expect.any(RangeError), 3])
  })

  it('whose members fail one by one is read in proportion to its size', async () => {
    const size = 100
    const branches = Array.from({ length: size }, (_, i) => [
      call(String(2 * i + 1)),
      call(String(2 * i + 2)),
    ])
    const plan: Plan = [{ ...forkOf('0', branches), takes: '' }]
    const members = [{ at: 1, count: size, span: 2, shape: [spot(0), spot(1)] }]
    const { backend, result, end } = await sent({
      plan,
      shape: [{ op: 'fork', at: 0, members }],
      span: 1_000,
    })
    let read = 0
    const { get } = backend.results
    backend.results.get = (ids) => {
      read += ids.length
      return get(ids)
    }
    const values = result.get({ propagate: false })
    for (let i = 0; i < size; i++) {
      await turns()
      await end(`r.${2 * i + 1}`, new Error('boom'))
    }
    await values
    expect(read).toBeLessThan(10 * size)
  })

  it('inside a group keeps its shape', async () => {
    const inner = forkOf('2', [[call('3')], [call('4')]])
    const plan: Plan = [{ ...forkOf('0', [[call('1')], [inner]]), takes: '' }]
    const members = [
      { at: 1, count: 1, span: 1, shape: [spot(0)] },
      { at: 2, count: 1, span: 3, shape: [groupShape(0, 2)] },
    ]
    const { result, end } = await sent({ plan, shape: [{ op: 'fork', at: 0, members }] })
    const values = result.get()
    for (const place of [4, 1, 3]) await end(`r.${place}`, place)
    expect(await values).toEqual([1, [3, 4]])
    const [first, second] = result as GroupResult<[number, number[]]>
    expect([first?.id, second?.id, second?.children.map(({ id }) => id)]).toEqual([
      'r.1',
      'r.2',
      ['r.3', 'r.4'],
    ])
  })

  it('of nobody gives the empty list', async () => {
    const empty: Call = { ...call('0', ''), task: 'celery.accumulate', immutable: true }
    const { result, end } = await sent({ plan: [empty], shape: [{ op: 'fork', at: 0, members: [] }] })
    expect([await result.state(), [...(result as GroupResult<[]>)]]).toEqual(['PENDING', []])
    await end('r', [])
    expect(await result.get()).toEqual([])
  })

  it('is restored from its id with all its members', async () => {
    const { backend, result, end } = await sent(groupOf(3))
    const id = await (result as GroupResult<Json[]>).save()
    for (const place of [1, 2, 3]) await end(`r.${place}`, place)
    const restored = (await restoreResult(deskOf(backend), id)) as GroupResult<Json[]>
    expect([await restored.get(), restored.results.map(({ id }) => id)]).toEqual([
      [1, 2, 3],
      ['r.1', 'r.2', 'r.3'],
    ])
    expect(await resultOfId(deskOf(backend), id).get()).toEqual([1, 2, 3])
    expect(await restoreResult(deskOf(backend), 'stranger')).toBeNull()
    expect(await restoreResult(deskOf(backend), 'r.77')).toBeNull()
  })

  it('of an unknown run cannot be saved', async () => {
    const { result, end } = await sent(groupOf(1))
    await result.forget()
    await end('r.1', 1)
    await expect((result as GroupResult<Json[]>).save()).rejects.toMatchObject({ code: 'result-unknown' })
  })
})

describe('members as they end', () => {
  it('come in the order of their ends, with their places', async () => {
    const { result, end } = await sent(groupOf(3))
    const coming = arriving(result)
    for (const place of [3, 1, 2]) {
      await turns()
      await end(`r.${place}`, `value ${place}`)
    }
    expect(await coming).toEqual([
      [2, 'value 3'],
      [0, 'value 1'],
      [1, 'value 2'],
    ])
    expect(await arriving(result)).toEqual([
      [0, 'value 1'],
      [1, 'value 2'],
      [2, 'value 3'],
    ])
  })

  it('that failed throw when their turn has come, or come as errors', async () => {
    const { result, end } = await sent(groupOf(3))
    const heard: unknown[] = []
    const throwing = arriving(result, {}, heard)
    throwing.catch(() => {})
    const telling = arriving(result, { propagate: false })
    for (const place of [2, 3, 1]) {
      await turns()
      await end(`r.${place}`, place === 3 ? new RangeError('too far') : place)
    }
    await expect(throwing).rejects.toThrow('too far')
    expect(heard).toEqual([[1, 2]])
    expect(await telling).toEqual([
      [1, 2],
      [2, expect.any(RangeError)],
      [0, 1],
    ])
  })

  it('that are groups come when all of them is there', async () => {
    const inner = forkOf('2', [[call('3')], [call('4')]])
    const plan: Plan = [{ ...forkOf('0', [[call('1')], [inner]]), takes: '' }]
    const members = [
      { at: 1, count: 1, span: 1, shape: [spot(0)] },
      { at: 2, count: 1, span: 3, shape: [groupShape(0, 2)] },
    ]
    for (const last of [4, new RangeError('too far')]) {
      const { result, end } = await sent({ plan, shape: [{ op: 'fork', at: 0, members }] })
      const coming = arriving(result, { propagate: false })
      await end('r.3', 3)
      await turns()
      await end('r.1', 1)
      await turns()
      expect(await (result as GroupResult<unknown[]>).waiting()).toBe(true)
      await end('r.4', last)
      const end4 = last instanceof Error ? expect.objectContaining({ message: 'too far' }) : last
      expect(await coming).toEqual([
        [0, 1],
        [1, [3, end4]],
      ])
      if (last instanceof Error) await expect(arriving(result)).rejects.toThrow('too far')
    }
  })

  it('end at once as what kept their group from running, whatever else the run still does', async () => {
    const inner = forkOf('2', [[call('3')], [call('4')]])
    const plan: Plan = [{ ...forkOf('0', [[call('1'), inner], [call('5')]]), takes: '' }]
    const members = [
      { at: 1, count: 1, span: 4, shape: [spot(0), groupShape(1, 2)] },
      { at: 5, count: 1, span: 1, shape: [spot(0)] },
    ]
    const shape: Shape = [{ op: 'fork', at: 0, members }]
    const { backend, end } = await sent({ plan, shape })
    const coming = arriving(resultOfId(deskOf(backend), 'r.2', shape), { propagate: false })
    await turns()
    await end('r.1', new Error('boom'))
    expect(await coming).toHaveLength(2)
  })

  it('end as what kept their group from running', async () => {
    const plan = [call('0'), { ...forkOf('1', [[call('2')], [call('3')]]), takes: '' }]
    const { result, end } = await sent({ plan, shape: [spot(0), groupShape(1, 2)] })
    const coming = arriving(result, { propagate: false })
    await turns()
    expect(await (result as GroupResult<unknown[]>).waiting()).toBe(true)
    await end('r.0', new Error('boom'))
    const boom = expect.objectContaining({ message: 'boom' })
    expect(await coming).toEqual([
      [0, boom],
      [1, boom],
    ])
    expect(await (result as GroupResult<unknown[]>).waiting()).toBe(false)
    await expect(arriving(result)).rejects.toThrow('boom')
  })

  it('that are groups throw the error of the first in it that failed', async () => {
    const inner = forkOf('1', [[call('2')], [call('3')]])
    const plan: Plan = [{ ...forkOf('0', [[inner]]), takes: '' }]
    const members = [{ at: 1, count: 1, span: 3, shape: [groupShape(0, 2)] }]
    const { result, end } = await sent({ plan, shape: [{ op: 'fork', at: 0, members }] })
    const coming = arriving(result)
    coming.catch(() => {})
    for (const place of [3, 2]) {
      await turns()
      await end(`r.${place}`, new Error(`boom ${place}`))
    }
    await expect(coming).rejects.toThrow('boom 2')
  })

  it('are not waited for on a backend that is closed', async () => {
    const { backend, result } = await sent(groupOf(2))
    await backend.close()
    await expect((result as GroupResult<unknown[]>).waiting()).rejects.toMatchObject({ code: 'app-closed' })
    await expect(arriving(result)).rejects.toMatchObject({ code: 'app-closed' })
  })

  it('of nobody are none', async () => {
    const empty: Call = { ...call('0', ''), task: 'celery.accumulate', immutable: true }
    const { result } = await sent({ plan: [empty], shape: [{ op: 'fork', at: 0, members: [] }] })
    expect(await arriving(result)).toEqual([])
  })

  it('are read in proportion to their number, on one subscription, which ends with the loop', async () => {
    const size = 100
    const { backend, result, end } = await sent({ ...groupOf(size), span: 1_000 })
    let read = 0
    let listening = 0
    const { get, watch } = backend.results
    backend.results.get = (ids) => {
      read += ids.length
      return get(ids)
    }
    backend.results.watch = async (run, listener, ids) => {
      const stop = await watch(run, listener, ids)
      listening++
      return () => {
        listening--
        stop()
      }
    }
    let came = 0
    const coming = (async () => {
      for await (const _ of (result as GroupResult<unknown[]>).completed()) {
        expect(listening).toBeLessThanOrEqual(1)
        if (++came === size - 1) return
      }
    })()
    for (let i = 1; i < size; i++) {
      await turns()
      await end(`r.${i}`, i)
    }
    await coming
    expect([listening, read < 10 * size]).toEqual([0, true])
  })

  it('have one time for all of them together', async () => {
    const { result, end, clock } = await sent(groupOf(3))
    const heard: unknown[] = []
    const coming = arriving(result, { timeout: '10s' }, heard)
    coming.catch(() => {})
    await turns()
    clock.advanceTo(6_000)
    await end('r.1', 1)
    await turns()
    clock.advanceTo(10_000)
    await expect(coming).rejects.toMatchObject({ code: 'timeout' })
    expect(heard).toEqual([[0, 1]])
  })
})

describe('a handle', () => {
  it('is made, and its neighbours are found, without asking anybody anything', () => {
    const silent = new Proxy({} as Backend, {
      get() {
        throw new Error('the backend was asked')
      },
    })
    const desk = { backend: silent, errors: new Map() }
    const shape: Shape = [
      spot(0),
      groupShape(1, 2),
      { ...spot(4), link: [{ at: 5, count: 1, span: 1, shape: [spot(0)] }] },
    ]
    const result = resultOfRun(desk, 'r', shape)
    expect([result.id, result.parent?.id, result.parent?.parent?.id, result.parent?.parent?.parent]).toEqual([
      'r',
      'r.1',
      'r.0',
      null,
    ])
    expect(result.children.map(({ id }) => id)).toEqual(['r.5'])
    expect(result.parent?.children.map(({ id }) => id)).toEqual(['r.2', 'r.3'])
    expect(result.children[0]?.parent?.id).toBe('r')
    expect(resultOfId(desk, 'r.2', shape).parent?.id).toBe('r.0')
    expect(resultOfId(desk, 'r.2').parent).toBeNull()
    expect(JSON.stringify({ result })).toBe('{"result":"r"}')
  })

  it('is never thenable, so that a function may give it back', async () => {
    const { result } = await sent(STEP)
    const given: AsyncResult<unknown> = await (async () => result)()
    expect([given === result, 'then' in result]).toEqual([true, false])
  })

  it('tells how its node stands, at every stage', async () => {
    const { backend, result, end } = await sent(STEP)
    const told = async () => [
      await result.state(),
      await result.ready(),
      await result.successful(),
      await result.failed(),
      await result.info(),
    ]
    expect(await told()).toEqual(['PENDING', false, false, false, null])
    await backend.results.note('r', 'PROGRESS', { current: 1 })
    expect(await told()).toEqual(['PROGRESS', false, false, false, { current: 1 }])
    await end('r', 7)
    expect(await told()).toEqual(['SUCCESS', true, true, false, 7])
    await result.forget()
    expect(await told()).toEqual(['UNKNOWN', false, false, false, null])
  })

  it('tells of a failure: the error, and the stack it had in the worker', async () => {
    const { result, end } = await sent(STEP)
    expect(await result.traceback()).toBeNull()
    await end('r', Object.assign(new Error('x'), { stack: 'Error: x\n    at the worker' }))
    expect([
      await result.state(),
      await result.failed(),
      await result.info(),
      await result.traceback(),
    ]).toEqual([
      ...['FAILURE', true, expect.objectContaining({ message: 'x' })],
      'Error: x\n    at the worker',
    ])
  })

  it('of a group says why it never ran, also when its run ends between two looks', async () => {
    const plan = [call('0'), { ...forkOf('1', [[call('2')], [call('3')]]), takes: '' }]
    for (const ask of ['state', 'get'] as const) {
      const { backend, result, end } = await sent({ plan, shape: [spot(0), groupShape(1, 2)] })
      const { get } = backend.results
      let looks = 0
      backend.results.get = async (ids) => {
        const known = await get(ids)
        if (looks++ === 0) await end('r.0', new Error('boom'))
        return known
      }
      if (ask === 'state') expect(await result.state()).toBe('FAILURE')
      else await expect(result.get({ propagate: false })).resolves.toMatchObject({ message: 'boom' })
    }
  })

  it('of a node that was revoked says so, and gives no value', async () => {
    const { result } = await sent(STEP)
    await result.revoke()
    expect([await result.state(), await result.ready(), await result.failed()]).toEqual([
      'REVOKED',
      true,
      false,
    ])
    await expect(result.get()).rejects.toMatchObject({
      code: 'task-revoked',
      name: 'TaskRevokedError',
      message: 't (r) was revoked',
    })
  })

  it('of a place its run does not have is unknown', async () => {
    const { backend, end } = await sent(STEP)
    const nobody = resultOfId(deskOf(backend), 'r.77')
    expect(await nobody.state()).toBe('UNKNOWN')
    await end('r', 1)
    await expect(nobody.get()).rejects.toMatchObject({ code: 'result-unknown' })
  })
})

describe('watching a run', () => {
  it('tells what changes and how far it is, until it is over', async () => {
    const { backend, result, end } = await sent(groupOf(2))
    const told: unknown[] = []
    const watching = (async () => {
      for await (const { progress, changes, more } of result.run.watch()) {
        told.push([progress.done, progress.over, changes.map(({ id, state }) => `${id} ${state}`), more])
      }
    })()
    await turns()
    await backend.results.note('r.1', 'PROGRESS', 1)
    await backend.results.note('r.1', 'PROGRESS', 2)
    await turns()
    await end('r.1', 1)
    await turns()
    await end('r.2', new Error('boom'))
    await watching
    expect(told).toEqual([
      [0, false, [], true],
      [0, false, ['r.1 PROGRESS'], true], // what happened before it listened it may have missed
      [1, false, ['r.1 SUCCESS'], false],
      [1, true, ['r.2 FAILURE'], true],
    ])
  })

  it('misses no progress: what changes while it reads is told without further news', async () => {
    const { backend, result, end } = await sent(groupOf(3))
    const { get } = backend.runs
    let meanwhile: (() => Promise<void>) | null = null
    backend.runs.get = async (run) => {
      const found = await get(run)
      await meanwhile?.()
      meanwhile = null
      return found
    }
    const updates = result.run.watch()
    await updates.next()
    const second = updates.next()
    await turns()
    meanwhile = () => end('r.1', 1)
    await backend.results.note('r.2', 'PROGRESS', 1)
    expect((await second).value?.progress.done).toBe(0)
    expect((await updates.next()).value?.progress.done).toBe(1)
    await updates.return()
  })

  it('says that there may be more when the run is over before all of it was heard', async () => {
    const { backend, result, end } = await sent(STEP)
    const { watch } = backend.results
    backend.results.watch = (run, listener, ids) => watch(run, (change) => change && listener(change), ids)
    const updates = result.run.watch()
    await updates.next()
    const second = updates.next()
    await turns()
    await backend.results.note('r', 'PROGRESS', 1)
    expect((await second).value?.progress.over).toBe(false)
    const third = updates.next()
    await turns()
    await end('r', 1)
    expect((await third).value).toMatchObject({ progress: { over: true }, more: true })
  })

  it('holds no more than the last changes of so many nodes for whoever does not ask', async () => {
    const { backend, result } = await sent({ ...STEP, span: 3 * LIMITS.changesAtHand })
    const watch = result.run.watch()
    await watch.next()
    const second = watch.next()
    await turns()
    for (let i = 1; i < 2 * LIMITS.changesAtHand; i++) await backend.results.note(`r.${i}`, 'PROGRESS', i)
    const { value } = await second
    expect([value?.changes.length, value?.more]).toEqual([LIMITS.changesAtHand, true])
    expect(value?.changes.at(-1)?.id).toBe(`r.${2 * LIMITS.changesAtHand - 1}`)
    await watch.return()
  })

  it('ends its subscription when whoever watches leaves the loop', async () => {
    const { backend, result } = await sent(STEP)
    let listening = 0
    const { watch } = backend.results
    backend.results.watch = async (run, listener, ids) => {
      const stop = await watch(run, listener, ids)
      listening++
      return () => {
        listening--
        stop()
      }
    }
    const updates = result.run.watch()
    await updates.next()
    const second = updates.next()
    await turns()
    expect(listening).toBe(1)
    await backend.results.note('r', 'PROGRESS', 1)
    expect((await second).value?.changes).toHaveLength(1)
    await updates.return()
    expect(listening).toBe(0)
  })

  it('of nobody fails, and options that are none are refused at once', async () => {
    const { backend, result } = await sent(STEP)
    await expect(resultOfId(deskOf(backend), 'stranger').run.watch().next()).rejects.toMatchObject({
      code: 'result-unknown',
    })
    expect(() => result.run.watch({ every: '1s' } as never)).toThrow('has no option "every"')
  })
})

interface Drawing {
  readonly plan: Plan
  readonly shape: Shape
  /** How many places it may have. */
  readonly span?: number
}

const STEP: Drawing = { plan: [call('0', '')], shape: [spot(0)] }

/** A group of so many calls, at the places 1, 2, 3, … */
function groupOf(size: number): Drawing {
  const branches = Array.from({ length: size }, (_, i) => [call(String(i + 1))])
  return { plan: [{ ...forkOf('0', branches), takes: '' }], shape: [groupShape(0, size)] }
}

/** A run that was sent, and whose tasks the test ends one by one. */
async function sent({ plan, shape, span = 50 }: Drawing) {
  const clock = virtualClock()
  const memory = memoryBackend({ clock })
  const backend = {
    ...memory,
    runs: { ...memory.runs } as { -readonly [K in keyof Backend['runs']]: Backend['runs'][K] },
    results: { ...memory.results } as { -readonly [K in keyof Backend['results']]: Backend['results'][K] },
  }
  await launch(backend, 'r', { plan, lists: {}, shape, span, calls: 1 })
  const held = new Map<string, Delivery>()
  const take = async (): Promise<readonly CallMessage[]> => {
    for (const delivery of await backend.deliveries.receive(['default'], 100, AbortSignal.abort())) {
      held.set(delivery.message.id, delivery)
    }
    return [...held.values()].map(({ message }) => message as CallMessage)
  }
  const end = async (id: string, value: Json | Error): Promise<void> => {
    await take()
    const delivery = held.get(id) as Delivery
    const message = delivery.message as CallMessage
    await settle(
      backend,
      delivery,
      value instanceof Error ? fail(message, recordError(value)) : succeed(message, value),
    )
  }
  return { clock, backend, take, end, result: resultOfRun(deskOf(backend), 'r', shape) }
}

/** What comes of a group's members, in the order it comes. */
async function arriving(
  result: AsyncResult<unknown>,
  options: SharedOptions = {},
  heard: unknown[] = [],
): Promise<unknown[]> {
  for await (const one of (result as GroupResult<unknown[]>).completed(options)) heard.push(one)
  return heard
}

function deskOf(backend: Backend) {
  return { backend, errors: new Map() }
}

function call(at: string, takes?: string): Call {
  const nothing = { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
  return { op: 'call', at, task: `t${at}`, ...nothing, ...(takes !== undefined && { takes }) }
}

function forkOf(at: string, branches: readonly Plan[]): Fork {
  const rest = { policy: 'all', keep: false, options: {}, link: [], errback: [] } as const
  return { op: 'fork', at, branches, size: branches.length, ...rest }
}

function spot(at: number): Shape[number] {
  return { op: 'call', task: 't', at }
}

function groupShape(at: number, count: number): Shape[number] {
  return { op: 'fork', at, members: [{ at: at + 1, count, span: 1, shape: [spot(0)] }] }
}

/** Lets everything run that can. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
