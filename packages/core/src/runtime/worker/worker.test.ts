import { afterEach, describe, expect, it } from 'vitest'
import { type VirtualClock, virtualClock } from '../../memory/clock.ts'
import { memoryBackend } from '../../memory/memory-backend.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Call, CallOptions, Plan } from '../../model/plan.ts'
import type { Backend, Delivery } from '../../ports/backend.ts'
import type { Clock } from '../../ports/clock.ts'
import { resultOfRun } from '../reading/results.ts'
import { launch } from '../runs/launch.ts'
import { type TaskContext, type TaskWorld, UNHEARD } from '../tasks/context.ts'
import { type RateLimit, rateOf } from '../tasks/rate-limit.ts'
import { PLAIN_TASK, type TaskDefinition } from '../tasks/task.ts'
import { broadcast } from './broadcast.ts'
import { createWorker, type Worker, type WorkerOptions } from './worker.ts'

const houses: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const house of houses.splice(0)) await house.close()
})

describe('a worker', () => {
  it('runs what is sent before and after it starts', async () => {
    const house = build()
    const early = await house.send('early')
    await house.worker().start()
    const late = await house.send('late')
    await turns()
    expect(house.running()).toEqual(['early', 'late'])
    house.letGo()
    expect(await Promise.all([early.get(), late.get()])).toEqual(['early', 'late'])
  })

  it('runs no more tasks at once than it may', async () => {
    const house = build()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await house.send(name)
    await house.worker({ concurrency: 2 }).start()
    await turns()
    expect(house.running()).toEqual(['a', 'b'])
    house.letGo('a')
    await turns()
    expect(house.running()).toEqual(['b', 'c'])
    house.letGo()
    await turns()
    expect(house.running()).toEqual(['d', 'e'])
  })

  it('runs the next in a slot while the end of the one before is told, and holds twice as many as it has slots', async () => {
    let letCommit: () => void = () => {}
    const house = build({ gate: new Promise((resolve) => (letCommit = resolve)) })
    const [first] = [await house.send('quick-a'), await house.send('quick-b'), await house.send('c')]
    await house.worker({ concurrency: 1 }).start()
    await turns()
    expect([house.running(), house.held(), await first?.ready()]).toEqual([[], 2, false])
    letCommit()
    await turns()
    expect([house.running(), house.held(), await first?.ready()]).toEqual([['c'], 1, true])
  })

  it('takes the next as soon as a slot is left, though the end of what ran in it is not told yet', async () => {
    let letCommit: () => void = () => {}
    const house = build({ gate: new Promise((resolve) => (letCommit = resolve)) })
    for (const name of ['a', 'b']) await house.send(name)
    await house.worker({ concurrency: 1 }).start()
    await turns()
    house.letGo('a')
    await turns()
    expect(house.running()).toEqual(['b'])
    letCommit()
  })

  it('has a slot back once, also when the end of what ran in it could not be told', async () => {
    const house = build({ faults: { commit: 1 } })
    for (const name of ['a', 'b', 'c']) await house.send(name)
    await house.worker({ concurrency: 1 }).start()
    await turns()
    house.letGo('a')
    await turns()
    expect(house.running()).toEqual(['b'])
  })

  it('asks for one half while the other runs, where more is waiting than it can take', async () => {
    const house = build()
    for (let i = 0; i < 40; i++) await house.send(`quick-${i}`)
    await house.worker({ concurrency: 8 }).start()
    await turns()
    expect(house.asked().slice(0, 5)).toEqual([8, 4, 4, 4, 4])
  })

  it('gives a slot back whatever goes wrong around a task', async () => {
    let faults = 2
    const house = build({
      hear(name) {
        if (name === 'task-received' && faults-- > 0) throw new Error('no logger')
      },
    })
    await house.worker({ concurrency: 2 }).start()
    for (const name of ['a', 'b', 'c', 'd']) await house.send(name)
    await turns()
    expect(house.running()).toEqual(['c', 'd'])
    house.letGo()
    house.clock.advanceTo(house.clock.now() + 10_000)
    await turns()
    expect(house.running()).toEqual(['a', 'b'])
  })

  it('that is stopped while it starts waits for nothing afterwards', async () => {
    const house = build()
    const worker = house.worker({ autoscale: { min: 1, max: 2 } })
    const starting = worker.start()
    await house.atOnce(worker.stop({ within: 0 }))
    await starting
    expect(house.clock.next()).toBe(null)
  })

  it('stops although its backend does not answer any more', async () => {
    const house = build({ deaf: true })
    const worker = house.worker({ concurrency: 1 })
    await worker.start()
    await house.send('a')
    await turns()
    const stopping = worker.stop({ within: 0 })
    await turns()
    house.clock.advanceTo(house.clock.now() + 1)
    await turns()
    house.clock.advanceTo(house.clock.now() + 5_000)
    expect(await stopping).toEqual({ finished: 0, givenBack: 1 })
  })

  it('tells its tasks the name that it goes by', async () => {
    const house = build()
    for (const hostname of ['pages', 'pages']) {
      const worker = house.worker({ hostname, concurrency: 1 })
      await worker.start()
      await house.send(worker.hostname)
      await turns()
      expect(house.contextOf(worker.hostname).request.hostname).toBe(worker.hostname)
    }
    expect(new Set(house.running()).size).toBe(2)
  })

  it('serves its queues only, each in its turn', async () => {
    const house = build()
    for (const name of ['a1', 'a2', 'a3']) await house.send(name, 'a')
    for (const name of ['b1', 'b2']) await house.send(name, 'b')
    await house.send('c1', 'c')
    await house.worker({ queues: ['a', 'b'], concurrency: 4 }).start()
    await turns()
    expect(house.running()).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('starts once, however often it is asked to', async () => {
    const house = build()
    const worker = house.worker({ concurrency: 1 })
    await Promise.all([worker.start(), worker.start(), worker.start()])
    for (const name of ['a', 'b']) await house.send(name)
    await turns()
    expect(house.running()).toEqual(['a'])
  })

  it.each([9, -3_600_000])('lets others have their turn while there is work: %i ms at a time', async (ms) => {
    let now = 0
    const house = build({ stopwatch: { now: () => (now += ms), at: () => () => {} } })
    const sent = await Promise.all(Array.from({ length: 100 }, (_, i) => house.send(`quick-${i}`)))
    await house.worker({ concurrency: 1 }).start()
    await new Promise((resolve) => setImmediate(resolve))
    const done = await Promise.all(sent.map((result) => result.ready()))
    expect(done.filter(Boolean).length).toBeLessThan(50)
    expect(await sent.at(-1)?.get()).toBe('quick-99')
  })

  it('can be stopped and started again', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await worker.stop()
    const result = await house.send('a')
    await turns()
    expect(house.running()).toEqual([])
    await worker.start()
    await turns()
    house.letGo('a')
    expect(await result.get()).toBe('a')
  })
})

describe('a worker that scales by itself', () => {
  it('grows when messages wait and all its slots are taken, as far as it may', async () => {
    const house = build()
    await house.worker({ autoscale: { min: 2, max: 5 } }).start()
    for (const name of ['a', 'b']) await house.send(name)
    await turns()
    expect(await house.slots()).toBe(2)
    for (const name of ['c', 'd', 'e', 'f', 'g']) await house.send(name)
    await turns()
    expect(house.running()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await house.slots()).toBe(5)
    house.letGo('a')
    await turns()
    expect(house.running()).toEqual(['b', 'c', 'd', 'e', 'f'])
  })

  it('gives up half of its empty slots at a time, and keeps those it needs at least', async () => {
    const house = build()
    await house.worker({ autoscale: { min: 2, max: 10 } }).start()
    for (let i = 0; i < 10; i++) await house.send(`${i}`)
    await turns()
    expect(await house.slots()).toBe(10)
    for (let i = 4; i < 10; i++) house.letGo(`${i}`)
    await turns()
    const seen: unknown[] = []
    for (let i = 0; i < 5; i++) {
      house.clock.advanceTo(house.clock.now() + 10_000)
      seen.push(await house.slots())
    }
    expect(seen).toEqual([7, 5, 4, 4, 4])
    house.letGo()
    await turns()
    for (let i = 0; i < 5; i++) house.clock.advanceTo(house.clock.now() + 10_000)
    expect(await house.slots()).toBe(2)
    for (const name of ['x', 'y', 'z']) await house.send(name)
    await turns()
    expect(house.running()).toEqual(['x', 'y', 'z'])
  })

  it('does so as often as it is told to', async () => {
    const house = build()
    await house.worker({ autoscale: { min: 1, max: 9, every: '1m' } }).start()
    for (let i = 0; i < 9; i++) await house.send(`${i}`)
    await turns()
    house.letGo()
    await turns()
    const seen: unknown[] = []
    for (const moment of [59_999, 60_000, 119_999, 120_000]) {
      house.clock.advanceTo(moment)
      seen.push(await house.slots())
    }
    expect(seen).toEqual([9, 4, 4, 2])
  })

  it('grows for whose turn has come, and not for who waits for it', async () => {
    const house = build({ rates: { limited: '1/m' } })
    await house.worker({ autoscale: { min: 1, max: 2 }, prefetchMultiplier: 5 }).start()
    for (const name of ['l1', 'l2']) await house.send(name, 'default', 'limited')
    await turns()
    expect([house.running(), await house.slots()]).toEqual([['l1'], 1])
    house.clock.advanceTo(60_000)
    await turns()
    expect([house.running(), await house.slots()]).toEqual([['l1', 'l2'], 2])
  })

  it('waits for nothing when it has stopped', async () => {
    const house = build()
    const worker = house.worker({ autoscale: { min: 1, max: 2 } })
    await worker.start()
    await house.atOnce(worker.stop({ within: 0 }))
    expect(house.clock.next()).toBe(null)
  })
})

describe('a task with a rate', () => {
  it('waits for its turn without taking a slot', async () => {
    const house = build({ rates: { limited: '1/m' } })
    await house.worker({ concurrency: 2, prefetchMultiplier: 5 }).start()
    for (const name of ['l1', 'l2', 'l3']) await house.send(name, 'default', 'limited')
    for (const name of ['a', 'b']) await house.send(name)
    await turns()
    expect(house.running()).toEqual(['l1', 'a'])
    house.letGo('l1')
    await turns()
    expect(house.running()).toEqual(['a', 'b'])
    house.letGo('a')
    house.clock.advanceTo(59_999)
    await turns()
    expect(house.running()).toEqual(['b'])
    house.clock.advanceTo(60_000)
    await turns()
    expect(house.running()).toEqual(['b', 'l2'])
  })

  it('waits for a slot when its turn has come, before what is new', async () => {
    const house = build({ rates: { limited: '1/m' } })
    await house.worker({ concurrency: 1, prefetchMultiplier: 5 }).start()
    for (const name of ['l1', 'l2']) await house.send(name, 'default', 'limited')
    for (const name of ['a', 'b']) await house.send(name)
    await turns()
    house.letGo('l1')
    await turns()
    expect(house.running()).toEqual(['a'])
    house.clock.advanceTo(60_000)
    await turns()
    expect(house.running()).toEqual(['a'])
    house.letGo('a')
    await turns()
    expect(house.running()).toEqual(['l2'])
  })

  it('is held in small numbers: then nothing more is received', async () => {
    const house = build({ rates: { limited: '1/m' } })
    await house.worker({ concurrency: 4, prefetchMultiplier: 0.5 }).start()
    for (const name of ['l1', 'l2', 'l3', 'l4']) await house.send(name, 'default', 'limited')
    await house.send('a')
    await turns()
    expect(house.running()).toEqual(['l1'])
    house.clock.advanceTo(60_000)
    await turns()
    expect(house.running()).toEqual(['l1', 'l2'])
    house.clock.advanceTo(120_000)
    await turns()
    expect(house.running()).toEqual(['l1', 'l2', 'l3', 'a'])
  })

  it('is given back as if it had never been delivered when the worker stops', async () => {
    const house = build({ rates: { limited: '1/m' } })
    const worker = house.worker()
    await worker.start()
    const sent = [await house.send('l1', 'default', 'limited'), await house.send('l2', 'default', 'limited')]
    await turns()
    const stopped = worker.stop()
    await turns()
    house.letGo('l1')
    expect(await stopped).toEqual({ finished: 1, givenBack: 1 })
    expect(house.clock.next()).toBeNull()
    await house.worker().start()
    await turns()
    expect(house.contextOf('l2').request.deliveries).toBe(1)
    house.letGo('l2')
    expect(await sent[1]?.get()).toBe('l2')
  })

  it('is concluded at once when it is halted while it waits, and never runs', async () => {
    const house = build({ rates: { limited: '1/m' } })
    await house.worker({ concurrency: 2 }).start()
    const sent = [await house.send('l1', 'default', 'limited'), await house.send('l2', 'default', 'limited')]
    await turns()
    await sent[1]?.revoke()
    await turns()
    expect((await sent[1]?.run.progress())?.over).toBe(true)
    expect(await sent[1]?.state()).toBe('REVOKED')
    house.clock.advanceTo(600_000)
    await turns()
    expect(house.running()).toEqual(['l1'])
  })

  it('that expires while it waits is told so then, and not later', async () => {
    const house = build({ rates: { limited: '1/h' } })
    await house.worker().start()
    await house.send('l1', 'default', 'limited')
    const late = await house.send('l2', 'default', 'limited', { expires: 5_000 })
    await turns()
    house.clock.advanceTo(5_001)
    await turns()
    expect(await late.state()).toBe('REVOKED')
  })

  it('keeps its lease while it waits', async () => {
    const house = build({ leaseMs: 30_000, rates: { limited: '1/h' } })
    await house.worker().start()
    for (const name of ['l1', 'l2']) await house.send(name, 'default', 'limited')
    await turns()
    await house.worker().start() // who would take what was lost, and has turns of his own
    for (let second = 10; second <= 600; second += 10) {
      house.clock.advanceTo(second * 1_000)
      await turns()
    }
    expect(house.running()).toEqual(['l1'])
  })

  it('whose lease was lost while it waited is left to others', async () => {
    const house = build({ leaseMs: 30_000, rates: { limited: '1/m' } })
    await house.worker().start()
    for (const name of ['l1', 'l2']) await house.send(name, 'default', 'limited')
    await turns()
    house.loseLeases() // and then it takes both again, for turns that are later
    house.clock.advanceTo(10_000)
    await turns()
    house.clock.advanceTo(60_000)
    await turns()
    expect(house.running()).toEqual(['l1'])
  })

  it('has turns that all workers share, if its scope is global, and each has its own if not', async () => {
    for (const [scope, started] of [
      ['global', ['l1']],
      ['worker', ['l1', 'l2']],
    ] as const) {
      const house = build({ rates: { limited: { rate: '1/m', scope } } })
      const workers = [house.worker({ concurrency: 1 }), house.worker({ concurrency: 1 })]
      for (const worker of workers) await worker.start()
      for (const name of ['l1', 'l2']) await house.send(name, 'default', 'limited')
      await turns()
      expect(house.running()).toEqual(started)
    }
  })

  it('takes a new turn when its rate is changed, whatever it waited for before', async () => {
    const house = build({ rates: { limited: '1/h' } })
    await house.worker().start()
    for (const name of ['l1', 'l2', 'l3']) await house.send(name, 'default', 'limited')
    await turns()
    const rate = { intervalMs: 1_000, scope: 'worker' } as const
    await broadcast(house.backend, { do: 'rate-limit', task: 'limited', rate }, { to: null, timeoutMs: 0 })
    await turns()
    expect(house.running()).toEqual(['l1', 'l2'])
    house.clock.advanceTo(1_000)
    await turns()
    expect(house.running()).toEqual(['l1', 'l2', 'l3'])
  })

  it('is tried again when nobody could tell its turn, and that is reported', async () => {
    const house = build({ faults: { reserve: 1 }, rates: { limited: { rate: '1/m', scope: 'global' } } })
    await house.worker().start()
    const { id } = await house.send('l1', 'default', 'limited')
    await turns()
    expect(house.reported).toEqual([`${id} could not be given its turn; it will be tried again`])
    house.clock.advanceTo(200)
    await turns()
    expect(house.running()).toEqual(['l1'])
  })
})

describe('a worker among others', () => {
  it('is there from its start to its end, under its name', async () => {
    const house = build()
    const worker = house.worker({ hostname: 'pages@home', queues: ['a'] })
    expect(await house.present()).toEqual([])
    await worker.start()
    expect(worker.hostname).toBe('pages@home')
    expect(await house.present()).toEqual([{ hostname: 'pages@home', pid: process.pid, queues: ['a'] }])
    await worker.stop()
    expect(await house.present()).toEqual([])
  })

  it('has a name that nobody else has, also when they come at once', async () => {
    const house = build()
    const workers = Array.from({ length: 5 }, () => house.worker({ hostname: 'twin' }))
    await Promise.all(workers.map((worker) => worker.start()))
    const names = workers.map(({ hostname }) => hostname)
    expect(new Set(names).size).toBe(5)
    expect(names.filter((name) => !/^twin(\.[0-9a-f]{6})?$/.test(name))).toEqual([])
    expect((await house.present()).map(({ hostname }) => hostname)).toEqual(names)
  })

  it('stays there as long as it beats', async () => {
    const house = build({ leaseMs: 30_000 })
    await house.worker({ hostname: 'a' }).start()
    for (let second = 10; second <= 120; second += 10) {
      house.clock.advanceTo(second * 1_000)
      await turns()
    }
    expect(await house.present()).toHaveLength(1)
  })
})

describe('what is told to workers', () => {
  const order = { to: null, replyTo: 'answers', command: { do: 'ping' } }

  it('is answered', async () => {
    const house = build()
    await house.worker({ hostname: 'a' }).start()
    const answers: Json[] = []
    await house.backend.bus.hear('answers', (answer) => void answers.push(answer))
    await house.backend.bus.tell('workers', order)
    await house.backend.bus.tell('workers', { ...order, to: ['b'] })
    expect(answers).toEqual([{ hostname: 'a', answer: { ok: 'pong' } }])
  })

  it.each<Json>([
    null,
    'ping',
    [],
    {},
    { ...order, to: 'a' },
    { ...order, to: [1] },
    { ...order, replyTo: null },
    { ...order, command: 'ping' },
    { ...order, command: { do: 'toString' } },
    { ...order, command: { do: 'rate-limit', task: 'wait', rate: { intervalMs: -1, scope: 'worker' } } },
    { ...order, command: { do: 'rate-limit', task: 'wait', rate: '1/s' } },
    { ...order, command: { do: 'time-limit', task: 'wait', timeLimit: 'soon', softTimeLimit: null } },
    { ...order, command: { do: 'add-consumer', queue: '' } },
    { ...order, command: { do: 'pool-grow', count: 0.5 } },
    { ...order, command: { do: 'query-task', ids: 'a' } },
  ])('and is no command is reported, and ignored: %j', async (told) => {
    const house = build()
    await house.worker().start()
    const answers: Json[] = []
    await house.backend.bus.hear('answers', (answer) => void answers.push(answer))
    await house.backend.bus.tell('workers', told)
    expect(house.reported).toEqual([
      expect.stringMatching(/^What was told to workers is no command, and was ignored: /),
    ])
    await house.backend.bus.tell('workers', order)
    expect(answers).toHaveLength(1)
  })

  it('is waited for until the time is over, where somebody does not answer', async () => {
    const house = build()
    await house.worker({ hostname: 'a' }).start()
    await house.backend.presence.enter('mute', { hostname: 'mute' }, 60_000)
    const asking = broadcast(house.backend, { do: 'ping' }, { to: null, timeoutMs: 1_000 })
    let answers: unknown = null
    void asking.then((all) => {
      answers = [...all.keys()]
    })
    await turns()
    house.clock.advanceTo(999)
    await turns()
    expect(answers).toBeNull()
    house.clock.advanceTo(1_000)
    await turns()
    expect(answers).toEqual(['a'])
    expect(house.clock.next()).toBeNull()
  })

  it('is not answered by those who have stopped', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await worker.stop()
    expect([...(await broadcast(house.backend, { do: 'ping' }, { to: null, timeoutMs: 1_000 }))]).toEqual([])
  })
})

describe('who reads what happens', () => {
  it('is told when a worker comes, beats and goes, and what it does', async () => {
    const house = build({ leaseMs: 30_000 })
    const seen = await house.read()
    const worker = house.worker({ hostname: 'a', concurrency: 3 })
    await worker.start()
    await house.send('x')
    await turns()
    house.clock.advanceTo(10_000)
    await turns()
    house.letGo()
    await turns()
    await worker.stop()
    await turns()
    const told = seen.filter(({ type }) => String(type).startsWith('worker'))
    const all = { hostname: 'a', pid: process.pid, queues: ['default'], concurrency: 3, waiting: 0 }
    expect(told).toEqual([
      { ...all, type: 'worker-online', time: 0, running: 0, finished: 0 },
      { ...all, type: 'worker-heartbeat', time: 10_000, running: 1, finished: 0 },
      { ...all, type: 'worker-offline', time: 10_000, running: 0, finished: 1 },
    ])
  })

  it('is told what was granted, and nothing of an end that came too late', async () => {
    const house = build({ leaseMs: 30_000 })
    const seen = await house.read()
    await house.worker({ concurrency: 1 }).start()
    const { id } = await house.send('a')
    await turns()
    house.loseLeases()
    house.letGo('a') // too late
    await turns()
    house.letGo('a')
    await turns()
    expect(seen.flatMap(({ type, attempt }) => (attempt ? [[type, attempt]] : []))).toEqual([
      ['task-received', `${id}:0:1`],
      ['task-started', `${id}:0:1`],
      ['task-received', `${id}:0:2`],
      ['task-started', `${id}:0:2`],
      ['task-succeeded', `${id}:0:2`],
    ])
  })

  it('costs nothing where nobody does, and something where it is always told', async () => {
    for (const tellsAlways of [false, true]) {
      const house = build({ tellsAlways })
      await house.worker().start()
      await house.send('quick')
      await turns()
      expect(house.batches() > 0).toBe(tellsAlways)
    }
  })
})

describe('stopping a worker', () => {
  it('that does nothing is done at once', async () => {
    const house = build()
    const worker = house.worker()
    expect(await worker.stop()).toEqual({ finished: 0, givenBack: 0 })
    await worker.start()
    expect(await worker.stop()).toEqual({ finished: 0, givenBack: 0 })
    expect(house.clock.next()).toBeNull()
  })

  it('takes nothing new and lets what runs come to its end', async () => {
    const house = build()
    const worker = house.worker({ concurrency: 1 })
    await worker.start()
    const [first] = [await house.send('a'), await house.send('b')]
    await turns()
    const stopped = worker.stop()
    await turns()
    house.letGo('a')
    expect(await stopped).toEqual({ finished: 1, givenBack: 0 })
    expect(await first.get()).toBe('a')
    expect(house.running()).toEqual([])
  })

  it('asks what runs too long to stop, and gives it back uncharged, to be run elsewhere', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    const result = await house.send('a')
    await turns()
    const signal = house.contextOf('a').signal
    const stopped = worker.stop({ within: '5s' })
    await turns()
    house.clock.advanceTo(4_999)
    await turns()
    expect(signal.aborted).toBe(false)
    house.clock.advanceTo(5_000)
    expect(await stopped).toEqual({ finished: 0, givenBack: 1 })
    expect([signal.aborted, String(signal.reason)]).toEqual([true, 'Error: the worker is shutting down'])
    await house.worker().start()
    await turns()
    expect(house.contextOf('a').request.deliveries).toBe(1)
    house.letGo('a')
    expect(await result.get()).toBe('a')
  })

  it('leaves what was given back to whoever runs it now: the first run’s end changes nothing', async () => {
    const house = build()
    const first = house.worker()
    await first.start()
    const result = await house.send('a')
    await turns()
    await house.atOnce(first.stop({ within: 0 }))
    await house.worker().start()
    await turns()
    const [old, current] = house.seatsOf('a')
    old?.('too late')
    await turns()
    expect(await result.state()).toBe('PENDING')
    current?.('in time')
    expect(await result.get()).toBe('in time')
  })

  it('is done when the last of several tasks has ended, not later', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    for (const name of ['a', 'b']) await house.send(name)
    await turns()
    let stopped: unknown = null
    const stopping = worker.stop({ within: '5s' }).then((what) => {
      stopped = what
    })
    await turns()
    house.letGo('a')
    await turns()
    house.letGo('b')
    await turns()
    const seen = stopped
    house.clock.advanceTo(5_000)
    await stopping
    expect(seen).toEqual({ finished: 2, givenBack: 0 })
  })

  it('twice at once is done when what runs has ended, for both who asked', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await house.send('a')
    await turns()
    let stopped = 0
    const stopping = [worker.stop({ within: '5s' }), worker.stop({ within: '5s' })].map((stop) =>
      stop.then(() => stopped++),
    )
    await turns()
    house.letGo('a')
    await turns()
    const seen = stopped
    house.clock.advanceTo(5_000)
    await Promise.all(stopping)
    expect(seen).toBe(2)
  })

  it('can be hurried: of two who ask, the less patient is heard', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await house.send('a')
    await turns()
    const stops = [worker.stop({ within: '1h' })]
    await turns()
    stops.push(worker.stop({ within: '5s' }), worker.stop({ within: '1d' }))
    house.clock.advanceTo(5_000)
    expect(await Promise.all(stops)).toEqual(Array(3).fill({ finished: 0, givenBack: 1 }))
    expect(house.clock.next()).toBeNull()
  })

  it('takes as long as it may again after it was hurried once', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await house.atOnce(worker.stop({ within: 0 }))
    await worker.start()
    await house.send('a')
    await turns()
    const stopping = worker.stop({ within: '5s' })
    await turns()
    house.letGo('a')
    expect(await stopping).toEqual({ finished: 1, givenBack: 0 })
  })

  it.each([
    [{}, 'again'],
    [{ rejectOnWorkerLost: false }, 'again'],
    [{ acksLate: false }, 'lost'],
  ])('with a task under way that has %o: it runs elsewhere %s', async (rules, end) => {
    const house = build({ rules })
    const worker = house.worker()
    await worker.start()
    const result = await house.send('a')
    await turns()
    await house.atOnce(worker.stop({ within: 0 }))
    house.letGo('a')
    await house.worker().start()
    await turns()
    house.letGo('a')
    const value = await result.get().catch((error) => error.name)
    expect(value).toBe(end === 'again' ? 'a' : 'WorkerLostError')
  })

  it('and starting it meanwhile makes it start again when it has stopped', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await house.send('a')
    await turns()
    const stopping = worker.stop()
    const starting = worker.start()
    const result = await house.send('b')
    await turns()
    expect(house.running()).toEqual(['a'])
    house.letGo('a')
    await Promise.all([stopping, starting])
    await turns()
    expect(house.running()).toEqual(['b'])
    house.letGo('b')
    expect(await result.get()).toBe('b')
  })

  it('is the last word, also for one that was about to start again', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await house.send('a')
    await turns()
    const asked = [worker.stop(), worker.start(), worker.stop()]
    await turns()
    house.letGo('a')
    await Promise.all(asked)
    await house.send('b')
    await turns()
    expect(house.running()).toEqual([])
  })

  it.each<[unknown, string, RegExp]>([
    [{ wihtin: '5s' }, 'option-invalid', /^worker\.stop\(\) has no option "wihtin"\. Did you mean within\?/],
    ['5s', 'option-invalid', /^The options of worker\.stop\(\) are "5s"\. Give an object/],
    [null, 'option-invalid', /are null/],
    [{ within: -1 }, 'duration-invalid', /^within of worker\.stop\(\) is -1\. Give milliseconds/],
    [{ within: 'soon' }, 'duration-invalid', /"soon"/],
    [{ within: Number.NaN }, 'duration-invalid', /NaN/],
    [{ within: Number.POSITIVE_INFINITY }, 'duration-invalid', /Infinity/],
  ])('with %j is refused, whether it runs or not, and it runs on', async (options, code, says) => {
    const house = build()
    const worker = house.worker()
    const refused = { code, message: expect.stringMatching(says) }
    await expect(worker.stop(options as never)).rejects.toMatchObject(refused)
    await worker.start()
    await expect(worker.stop(options as never)).rejects.toMatchObject(refused)
    await house.send('a')
    await turns()
    expect(house.running()).toEqual(['a'])
  })

  it('happens by itself at the end of a block', async () => {
    const house = build()
    {
      await using worker = house.worker()
      await worker.start()
    }
    await house.send('a')
    await turns()
    expect(house.running()).toEqual([])
  })
})

describe('a worker that runs until a signal', () => {
  const signals = ['SIGUSR2'] as const
  const signal = (): boolean => process.emit('SIGUSR2')

  it('stops at the first one, and lets what runs come to its end', async () => {
    const house = build()
    const over = house.worker().runUntilSignal({ signals })
    await house.send('a')
    await turns()
    expect(process.listenerCount('SIGUSR2')).toBe(1)
    signal()
    await turns()
    house.letGo('a')
    expect(await over).toEqual({ finished: 1, givenBack: 0 })
    expect(process.listenerCount('SIGUSR2')).toBe(0)
  })

  it('stops at once at the second one, and loses nothing', async () => {
    const house = build()
    const over = house.worker().runUntilSignal({ within: '1h', signals })
    const result = await house.send('a')
    await turns()
    signal()
    await turns()
    signal()
    expect(await house.atOnce(over)).toEqual({ finished: 0, givenBack: 1 })
    await house.worker().start()
    await turns()
    expect(house.contextOf('a').request.deliveries).toBe(1)
    house.letGo()
    expect(await result.get()).toBe('a')
  })

  it('is over when somebody else stops it', async () => {
    const house = build()
    const worker = house.worker()
    const over = worker.runUntilSignal({ signals })
    await turns()
    await worker.stop()
    expect(await over).toEqual({ finished: 0, givenBack: 0 })
    expect(process.listenerCount('SIGUSR2')).toBe(0)
  })

  it('begins anew where it was about to stop, and goes on until the next signal', async () => {
    const house = build()
    const worker = house.worker()
    await worker.start()
    await house.send('a')
    await turns()
    const stopping = worker.stop()
    const over = worker.runUntilSignal({ signals })
    await turns()
    house.letGo('a')
    expect(await stopping).toEqual({ finished: 1, givenBack: 0 })
    for (const name of ['b', 'c']) await house.send(name)
    await turns()
    signal()
    await turns()
    house.letGo()
    expect(await over).toEqual({ finished: 2, givenBack: 0 })
  })

  it('stops also when it had not quite started', async () => {
    const house = build()
    const over = house.worker().runUntilSignal({ signals })
    signal()
    expect(await over).toEqual({ finished: 0, givenBack: 0 })
  })

  it('listens to SIGINT and SIGTERM if nothing is said, and only then', async () => {
    const house = build()
    const count = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')
    const before = count()
    const worker = house.worker()
    await worker.start()
    expect(count()).toBe(before)
    const over = worker.runUntilSignal()
    await turns()
    expect(count()).toBe(before + 2)
    await worker.stop()
    await over
    expect(count()).toBe(before)
  })

  it('is refused with options it cannot have', async () => {
    const worker = build().worker()
    await expect(worker.runUntilSignal({ within: -1 })).rejects.toMatchObject({ code: 'duration-invalid' })
    await expect(worker.runUntilSignal({ signal: 'SIGINT' } as object)).rejects.toMatchObject({
      code: 'option-invalid',
    })
  })
})

describe('a lease', () => {
  it('is held as long as the task runs, however long that is', async () => {
    const house = build({ leaseMs: 30_000 })
    const result = await house.send('a')
    await house.worker().start()
    await turns()
    await house.worker().start() // who would take what was lost
    for (let second = 1; second <= 300; second++) {
      house.clock.advanceTo(second * 1_000)
      await turns()
    }
    expect(house.running()).toEqual(['a'])
    expect(house.contextOf('a').request.deliveries).toBe(1)
    house.letGo('a')
    expect(await result.get()).toBe('a')
  })

  it('that is lost stops the task: somebody else runs it now', async () => {
    const house = build({ leaseMs: 30_000 })
    await house.send('a')
    await house.worker().start()
    await turns()
    const { signal } = house.contextOf('a')
    house.loseLeases()
    house.clock.advanceTo(10_000)
    await turns()
    expect([signal.aborted, signal.reason.code]).toEqual([true, 'lease-lost'])
  })

  it('of a worker that died is taken over within one term', async () => {
    const house = build({ leaseMs: 30_000 })
    const result = await house.send('a')
    await house.backend.deliveries.receive(['default'], 1, AbortSignal.abort()) // and is never heard of again
    await house.worker().start()
    await turns()
    expect(house.running()).toEqual([])
    house.clock.advanceTo(30_000)
    await turns()
    expect(house.contextOf('a').request.deliveries).toBe(2)
    house.letGo('a')
    expect(await result.get()).toBe('a')
  })

  it('whose extension failed is tried again, and that is reported', async () => {
    const house = build({ leaseMs: 30_000, faults: { extend: 1 } })
    await house.send('a')
    await house.worker().start()
    await turns()
    house.clock.advanceTo(10_000)
    await turns()
    expect(house.reported).toEqual(['Leases could not be extended; it will be tried again'])
    house.clock.advanceTo(20_000)
    await turns()
    house.clock.advanceTo(45_000)
    await turns()
    expect(house.contextOf('a').signal.aborted).toBe(false)
  })
})

describe('a task that runs', () => {
  it('hears of it when it is revoked, and ends as that', async () => {
    const house = build()
    await house.worker().start()
    const result = await house.send('a')
    await turns()
    const { signal } = house.contextOf('a')
    await result.revoke()
    expect([signal.aborted, signal.reason.code]).toEqual([true, 'task-revoked'])
    house.letGo('a')
    await turns()
    expect(await result.state()).toBe('REVOKED')
  })

  it('hears of it when its run is cancelled', async () => {
    const house = build()
    await house.worker().start()
    const result = await house.send('a')
    await turns()
    await result.run.cancel()
    expect(house.contextOf('a').signal.aborted).toBe(true)
    await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
  })

  it('hears nothing of other runs', async () => {
    const house = build()
    await house.worker().start()
    const [one] = [await house.send('a'), await house.send('b')]
    await turns()
    await one.run.cancel()
    expect([house.contextOf('a').signal.aborted, house.contextOf('b').signal.aborted]).toEqual([true, false])
  })
})

describe('a backend that fails', () => {
  it('when it is told the end of a task: that is reported, and the task is run again after a while', async () => {
    const house = build({ leaseMs: 30_000, faults: { commit: 1 } })
    const result = await house.send('a')
    await house.worker().start()
    await turns()
    house.letGo('a')
    await turns()
    expect(house.reported).toEqual([
      `The end of ${result.id} could not be told to the backend; it will be run again`,
    ])
    expect(house.running()).toEqual([])
    house.clock.advanceTo(200)
    await turns()
    house.letGo('a')
    expect(await result.get()).toBe('a')
  })

  it('when it is asked for work: that is reported once, and it is asked again, after longer and longer waits', async () => {
    const house = build({ faults: { receive: 3 } })
    await house.send('a')
    await house.worker().start()
    for (const [moment, next] of [
      [0, 100],
      [99, 100],
      [100, 300],
      [300, 700],
    ] as const) {
      house.clock.advanceTo(moment)
      await turns()
      expect(house.clock.next()).toBe(next)
      expect(house.running()).toEqual([])
    }
    house.clock.advanceTo(700)
    await turns()
    expect(house.running()).toEqual(['a'])
    expect(house.reported).toEqual(['No work could be received; it will be tried again until it can'])
  })

  it('does not keep a worker from stopping', async () => {
    const house = build({ faults: { receive: 1_000_000 } })
    const worker = house.worker()
    await worker.start()
    await turns()
    expect(await worker.stop()).toEqual({ finished: 0, givenBack: 0 })
    expect(house.clock.next()).toBeNull()
  })
})

interface Started {
  readonly name: string
  readonly end: (value: unknown) => void
  readonly context: TaskContext
  over: boolean
}

interface Faults {
  readonly commit?: number
  readonly extend?: number
  readonly receive?: number
  readonly reserve?: number
}

interface Setting {
  readonly leaseMs?: number
  readonly faults?: Faults
  readonly stopwatch?: Clock
  /** Whatever else is said of the task. */
  readonly rules?: Partial<TaskDefinition>
  readonly tellsAlways?: boolean
  readonly hear?: TaskWorld['hear']
  /** Nothing can be given back. */
  readonly deaf?: boolean
  /** No end is granted before that. */
  readonly gate?: Promise<void>
  /** Tasks like `wait` that may not start as often as they like. */
  readonly rates?: Readonly<Record<string, RateLimit>>
}

/** Workers on one memory backend in virtual time, and a task `wait` that ends when it is let go, or at once if it is quick. */
function build(setting: Setting = {}) {
  const {
    leaseMs,
    faults = {},
    stopwatch,
    rules,
    rates = {},
    tellsAlways = false,
    gate,
    hear,
    deaf,
  } = setting
  const clock: VirtualClock = virtualClock()
  const memory = memoryBackend({ clock, ...(leaseMs !== undefined && { leaseMs }) })
  const left = { commit: 0, extend: 0, receive: 0, reserve: 0, ...faults }
  const held = new Set<Delivery>()
  const asked: number[] = []
  let batches = 0
  const { deliveries } = memory
  const backend: Backend = {
    ...memory,
    deliveries: {
      ...deliveries,
      async receive(queues, max, signal) {
        if (left.receive-- > 0) throw new Error('connection lost')
        asked.push(max)
        const taken = await deliveries.receive(queues, max, signal)
        for (const delivery of taken) held.add(delivery)
        return taken
      },
      async commit(delivery, wishes) {
        if (left.commit-- > 0) throw new Error('connection lost')
        await gate
        const reply = await deliveries.commit(delivery, wishes)
        if (reply.kind === 'done') held.delete(delivery)
        return reply
      },
      release: (these, why) => (deaf ? new Promise(() => {}) : deliveries.release(these, why)),
      async extend(these) {
        if (left.extend-- > 0) throw new Error('connection lost')
        return deliveries.extend(these)
      },
    },
    events: {
      ...memory.events,
      write(events) {
        batches++
        return memory.events.write(events)
      },
    },
    rates: {
      async reserve(name, intervalMs) {
        if (left.reserve-- > 0) throw new Error('connection lost')
        return memory.rates.reserve(name, intervalMs)
      },
    },
  }
  const all: Started[] = []
  const workers: Worker[] = []
  const wait: TaskDefinition = {
    ...PLAIN_TASK,
    ...rules,
    name: 'wait',
    run: ([name], _kwargs, context) => {
      if (String(name).startsWith('quick')) return name
      return new Promise((resolve) => {
        all.push({ name: String(name), end: resolve, context, over: false })
      })
    },
  }
  const tasks = new Map([['wait', wait]])
  for (const [name, limit] of Object.entries(rates))
    tasks.set(name, { ...wait, name, rate: rateOf(limit, name) })
  const registry = { tasks, errors: new Map(), random: Math.random }
  const reported: string[] = []
  const report = (problem: string): void => {
    reported.push(problem)
  }
  const world = {
    ...UNHEARD,
    backend,
    isEager: false,
    hostname: 'here',
    stopwatch: stopwatch ?? backend.clock,
    block: () => () => {},
    tellsAlways,
    report,
    ...(hear && { hear }),
  }
  const open = (): Started[] => all.filter(({ over }) => !over)
  const end = (task: Started, value: unknown): void => {
    task.over = true
    task.end(value)
  }
  const house = {
    ...{ clock, backend, reported },
    worker(options: WorkerOptions = {}): Worker {
      const worker = createWorker(registry, world, options)
      workers.push(worker)
      return worker
    },
    async send(name: string, queue = 'default', task = 'wait', options: CallOptions = {}) {
      const plan: Plan = [{ ...callOf(name, queue), task, options: { queue, ...options } }]
      const shape = [{ op: 'call' as const, task, at: 0 }]
      const id = `run-${name}`
      await launch(backend, id, { plan, lists: {}, shape, span: 100, calls: 1 })
      return resultOfRun({ backend, errors: new Map() }, id, shape)
    },
    /** What has begun and not been let go, in the order it began. */
    running: () => open().map(({ name }) => name),
    /** Ends one task, or all that run; it gives its name. */
    letGo(name?: string): void {
      for (const task of open()) if (name === undefined || task.name === name) end(task, task.name)
    },
    /** The running task of a name, the latest if it runs in several places. */
    contextOf: (name: string): TaskContext =>
      all.findLast((task) => task.name === name)?.context as TaskContext,
    /** How many messages are held. */
    held: () => held.size,
    /** How many were asked for, each time. */
    asked: () => asked,
    /** How many tasks may run at once. */
    async slots(): Promise<unknown> {
      const asking = broadcast(backend, { do: 'stats' }, { to: null, timeoutMs: 1_000 })
      const [answer] = (await house.atOnce(asking)).values()
      return answer !== undefined && 'ok' in answer ? (answer.ok as JsonObject)['concurrency'] : null
    },
    /** How often events were written. */
    batches: () => batches,
    /** All that happens from now on. */
    async read(): Promise<JsonObject[]> {
      const seen: JsonObject[] = []
      await backend.events.read((events) => void seen.push(...events))
      return seen
    },
    /** What those who are there tell of themselves. */
    present: async () => (await backend.presence.list()).map(({ about }) => about),
    /** How to end each run of a task. */
    seatsOf: (name: string) =>
      open().flatMap((task) => (task.name === name ? [(value: string) => end(task, value)] : [])),
    /** As if this process had stood still for so long that others took what it held. */
    loseLeases(): void {
      void deliveries.release([...held], 'rejected')
    },
    /** What waits for this very moment. */
    async atOnce<T>(waiting: Promise<T>): Promise<T> {
      await turns()
      clock.advanceTo(clock.now())
      return waiting
    },
    async close(): Promise<void> {
      await house.atOnce(Promise.all(workers.map((worker) => worker.stop({ within: 0 }))))
    },
  }
  houses.push(house)
  return house
}

function callOf(name: string, queue: string): Call {
  const nothing = { kwargs: {}, immutable: false, link: [], errback: [] }
  return {
    op: 'call',
    at: '0',
    task: 'wait',
    args: [name],
    options: { queue },
    takes: '',
    ...nothing,
  }
}

/** Lets everything run that can. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}
