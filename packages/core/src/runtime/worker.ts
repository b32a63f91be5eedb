import { hostname as hostOf } from 'node:os'
import { checkOptions, KINDS, type OptionKind } from '../model/check-options.ts'
import { type Duration, milliseconds } from '../model/duration.ts'
import type { Message } from '../model/message.ts'
import type { Awaitable, Delivery } from '../ports/backend.ts'
import { attendance } from './attendance.ts'
import type { TimeLimits } from './command.ts'
import type { TaskWorld } from './context.ts'
import { eventLog } from './event-log.ts'
import { createExecutor } from './executor.ts'
import type { Helm, Running } from './helm.ts'
import { pause } from './pause.ts'
import type { Rate } from './rate-limit.ts'
import { ruledBy } from './rules.ts'
import type { Registry } from './task.ts'
import { runUntilSignal, type SignalOptions } from './until-signal.ts'
import { WaitingRoom } from './waiting-room.ts'
import { witnessed } from './witness.ts'

/** What a worker serves, and how much at once. */
export interface WorkerOptions {
  /** Which queues to serve, each in its turn. Default: `default`. */
  readonly queues?: readonly string[]
  /** How many tasks may run at once. Default: 10. */
  readonly concurrency?: number
  /**
   * How many it may hold, for each that may run at once, that wait for the turn their `rateLimit` gives them; at least
   * one. While there are so many it receives nothing more. Default: 1. What need not wait is only received to be run.
   */
  readonly prefetchMultiplier?: number
  /**
   * What it goes by among all workers. Default: the app's name, `@`, and the name of the machine. Where another one who is
   * there has that name, something is put behind it.
   */
  readonly hostname?: string
}

/** Every option of a worker there is. */
const OPTIONS: Record<keyof WorkerOptions, OptionKind> = {
  queues: KINDS.queues,
  concurrency: KINDS.count,
  prefetchMultiplier: {
    is: (value) => Number.isFinite(value) && Number(value) >= 0,
    hint: 'Give a number from 0.',
  },
  hostname: KINDS.text,
}

/** A worker that can be started and stopped. */
export interface Worker {
  /** What it goes by among all who are there; the one it wants until it has started. */
  readonly hostname: string
  /** Starts taking messages; done when it does. One that runs goes on; one that stops starts again after that. */
  start(): Promise<void>
  /**
   * Takes nothing new, lets what runs come to its end, and gives the rest back when the time is over. Asked again
   * meanwhile, it can only become faster: the shorter time counts.
   */
  stop(options?: StopOptions): Promise<Stopped>
  /**
   * Starts, and is done when it has stopped, whoever stopped it. A signal to this process stops it, a second one at once;
   * both lose nothing. Nothing listens to signals otherwise.
   */
  runUntilSignal(options?: SignalOptions): Promise<Stopped>
  [Symbol.asyncDispose](): Promise<void>
}

/** How a worker is stopped. */
interface StopOptions {
  /** How long what runs may take to come to its end. Default: 30 seconds. */
  readonly within?: Duration
}

/** What became of what a worker held when it was stopped. */
export interface Stopped {
  /** Tasks that came to their end. */
  readonly finished: number
  /** Those that did not, and those that had not started: others run them. */
  readonly givenBack: number
}

/** Whose worker it is: an app, which stops its workers when it is closed. */
export interface Employer {
  readonly name: string
  /** It was asked to start. */
  onStart(): void
  /** It takes messages from now on. */
  onReady(about: WorkerPlace): void
  /** It has stopped, and was not asked to start again. */
  onStop(stopped: Stopped): Awaitable<void>
}

/** Who it is, and what it serves. */
export interface WorkerPlace {
  readonly hostname: string
  readonly queues: readonly string[]
  readonly concurrency: number
}

const NOBODY: Employer = { name: 'worker', onStart: () => {}, onReady: () => {}, onStop: () => {} }
const NOTHING: Stopped = Object.freeze({ finished: 0, givenBack: 0 })

const DEFAULT_PATIENCE_MS = 30_000
/** How long it waits before it asks a backend again that could not be asked. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** How long a worker may keep the event loop to itself while there is work: others need it for timers and sockets. */
const TURN_MS = 8

/** A worker: it takes messages into free slots, runs them, and holds their leases meanwhile. */
export function createWorker(
  registry: Registry,
  world: TaskWorld,
  options: WorkerOptions = {},
  employer: Employer = NOBODY,
): Worker {
  checkOptions(options, OPTIONS, 'a worker')
  const { backend, stopwatch } = world
  const { deliveries, clock } = backend
  const queues = new Set(options.queues ?? ['default'])
  const { concurrency = 10, prefetchMultiplier = 1 } = options
  const room = new WaitingRoom(backend, concurrency)
  const wanted = options.hostname ?? `${employer.name}@${hostOf()}`
  /** What commands have changed, by task. */
  const rates = new Map<string, Rate | null>()
  const limits = new Map<string, TimeLimits>()
  const log = eventLog(backend, {
    hostname: () => place.hostname,
    always: world.tellsAlways === true,
    report: world.report,
  })
  const executor = createExecutor(registry, {
    ...world,
    backend: witnessed(backend, log),
    limits,
    tell: log.tell,
  })
  const held = new Set<Delivery>()
  const running = new Map<Delivery, Running>()
  let startedAt = clock.now()
  let finished = 0
  let taking: AbortController | null = null
  /** Ends one waiting for messages, to begin another for other queues. */
  let listening = new AbortController()
  let started: Promise<void> = Promise.resolve()
  let stopping: Promise<Stopped> | null = null
  /** Whether it was last asked to start, not to stop. */
  let isWanted = false
  let impatient = false
  let consuming: Promise<void> = Promise.resolve()
  let onChange: () => void = () => {}
  let callOffHeartbeat: () => void = () => {}
  let heedless: () => void = () => {}
  /** Who wants to know when it has stopped. */
  let waiters: ((stopped: Promise<Stopped>) => void)[] = []

  async function consume(signal: AbortSignal): Promise<void> {
    let turned = stopwatch.now()
    while (!signal.aborted) {
      const max = places()
      if (max <= 0) {
        await change()
        continue
      }
      for (const delivery of await mine(await receive(max, signal))) {
        held.add(delivery)
        void serve(delivery)
      }
      // A host's clock may be set back: that is no reason to keep others waiting.
      if (Math.abs(stopwatch.now() - turned) > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        turned = stopwatch.now()
      }
    }
  }

  /** Messages of a queue that is served no more were on their way when that was said: they go back. */
  async function mine(received: readonly Delivery[]): Promise<readonly Delivery[]> {
    const isServed = ({ message }: Delivery): boolean => queues.has(message.options.queue ?? 'default')
    const others = received.filter((delivery) => !isServed(delivery))
    if (others.length === 0) return received
    try {
      await deliveries.release(others, 'unrun')
    } catch (error) {
      world.report('Messages of a queue that is served no more could not be given back', error)
    }
    return received.filter(isServed)
  }

  /** How many messages can be taken, wherever each of them will have to wait. */
  function places(): number {
    if (queues.size === 0) return 0
    const most = Math.max(1, Math.floor(room.slots * prefetchMultiplier))
    return Math.min(room.free, most - room.waiting)
  }

  function rateFor(message: Message): Rate | null {
    if (message.kind !== 'call') return null
    const said = rates.get(message.task)
    return said === undefined ? (registry.tasks.get(message.task)?.rate ?? null) : said
  }

  /** Until a task has ended, or it shall stop, or stop at once. */
  function change(): Promise<void> {
    return new Promise((resolve) => {
      onChange = resolve
    })
  }

  /** What there is to do. A backend that cannot be asked is asked again, after longer and longer waits. */
  async function receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        return await deliveries.receive([...queues], max, listening.signal)
      } catch (error) {
        world.report(`No work could be received; it will be tried again in ${waitMs} ms`, error)
        await pause(clock, waitMs, signal)
      }
    }
    return []
  }

  /**
   * From its arrival to its end, whoever brings it about. A delivery whose end could not be told to the backend is given
   * back, so that it is run again, but not for ever.
   */
  async function serve(delivery: Delivery): Promise<void> {
    const { message, count: attempt } = delivery
    if (message.kind === 'call') log.tell({ kind: 'task-received', message, attempt })
    const admitted = await admit(delivery)
    if (admitted !== null) {
      running.set(delivery, { delivery, since: clock.now(), isRevoked: false })
      try {
        await executor.execute(admitted)
        finished++
      } catch (error) {
        const problem = `The end of ${message.id} could not be told to the backend; it will be run again`
        await giveBack(delivery, problem, error)
      } finally {
        running.delete(delivery)
        room.leave()
      }
    }
    held.delete(delivery)
    onChange()
  }

  /** Lets it in, now or when its turn has come; null if others run it. */
  function admit(delivery: Delivery): Delivery | Promise<Delivery | null> {
    const entered = room.enter(delivery, rateFor(delivery.message))
    return entered instanceof Promise ? waitFor(entered, delivery) : entered
  }

  async function waitFor(turn: Promise<Delivery | null>, delivery: Delivery): Promise<Delivery | null> {
    try {
      return await turn
    } catch (error) {
      const { id } = delivery.message
      await giveBack(delivery, `${id} could not be given its turn; it will be tried again`, error)
      return null
    } finally {
      onChange() // somebody else may come in
    }
  }

  /** Not at once: what went wrong may pass. */
  async function giveBack(delivery: Delivery, problem: string, error: unknown): Promise<void> {
    world.report(problem, error)
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** delivery.count, LONGEST_WAIT_MS)
    await pause(clock, waitMs, taking?.signal ?? AbortSignal.abort())
    try {
      await deliveries.release([delivery], 'rejected')
    } catch (error) {
      world.report(`${delivery.message.id} could not be given back`, error)
    }
  }

  /** As if never delivered, but for those that may run only once: they have been. */
  async function release(left: readonly Delivery[]): Promise<void> {
    const mayRunAgain = ({ message }: Delivery) =>
      message.kind !== 'call' || ruledBy(message, registry)?.acksLate !== false
    const unrun = left.filter(mayRunAgain)
    const spent = left.filter((delivery) => !mayRunAgain(delivery))
    if (unrun.length > 0) await deliveries.release(unrun, 'unrun')
    if (spent.length > 0) await deliveries.release(spent, 'rejected')
  }

  function beat(): void {
    if (!Number.isFinite(deliveries.leaseMs)) return
    callOffHeartbeat = clock.at(clock.now() + deliveries.leaseMs / 3, () => {
      void holdOn(() => true)
      place.beat()
      beat()
    })
  }

  /** Keeps leases; what has lost its own, or was halted, is asked to stop. */
  async function holdOn(which: (delivery: Delivery) => boolean): Promise<void> {
    try {
      const interruptions = await deliveries.extend([...held].filter(which))
      for (const { delivery, why } of interruptions) {
        const task = running.get(delivery)
        if (task !== undefined && why === 'halted') task.isRevoked = true
      }
      executor.interrupt(interruptions)
      await room.interrupt(interruptions)
    } catch (error) {
      world.report('Leases could not be extended; it will be tried again', error)
    }
  }

  /** Other queues, more slots or fewer: it looks again at what it may receive. */
  function refit(): void {
    if (taking?.signal.aborted !== false) return
    listening.abort()
    listening = new AbortController()
    room.serve()
    onChange()
  }

  const helm: Helm = {
    tasks: registry.tasks,
    get queues() {
      return [...queues]
    },
    addQueue(queue) {
      queues.add(queue)
      refit()
    },
    removeQueue(queue) {
      queues.delete(queue)
      refit()
    },
    get concurrency() {
      return room.slots
    },
    set concurrency(slots) {
      room.slots = slots
      refit()
    },
    setRate(task, rate) {
      rates.set(task, rate)
      room.renew(task, rate)
    },
    setLimits: (task, said) => limits.set(task, said),
    shutDown: () =>
      void stop().catch((error) => world.report('A worker could not be stopped as it was told', error)),
    active: () => [...running.values()],
    reserved: () => room.guests,
    stats: () => ({
      ...{ pid: process.pid, startedAt, finished, concurrency: room.slots },
      ...{ running: running.size, waiting: room.guests.length },
    }),
    conf: () => ({ queues: [...queues], concurrency: room.slots, prefetchMultiplier, leaseMs: leaseMs() }),
  }

  const place = attendance(backend, { wanted, helm, tell: log.tell, report: world.report })

  /** JSON knows no infinity. */
  function leaseMs(): number | null {
    return Number.isFinite(deliveries.leaseMs) ? deliveries.leaseMs : null
  }

  async function begin(): Promise<void> {
    const controller = new AbortController()
    taking = controller
    listening = new AbortController()
    startedAt = clock.now()
    try {
      heedless = await deliveries.heed((run) => void holdOn(({ message }) => message.run === run))
      await place.enter()
    } catch (error) {
      taking = null
      heedless()
      throw error
    }
    consuming = consume(controller.signal)
    beat()
    employer.onReady({ hostname: place.hostname, queues: [...queues], concurrency: room.slots })
  }

  async function start(): Promise<void> {
    employer.onStart()
    isWanted = true
    while (stopping !== null) await stopping.catch(() => {})
    if (isWanted && taking === null) started = begin()
    return started
  }

  async function stop(options: StopOptions = {}): Promise<Stopped> {
    checkOptions(options, { within: KINDS.anything }, 'worker.stop()')
    const withinMs = milliseconds(options.within ?? DEFAULT_PATIENCE_MS, 'within of worker.stop()')
    isWanted = false
    if (taking === null) {
      await employer.onStop(NOTHING)
      return NOTHING
    }
    const callOff = clock.at(clock.now() + withinMs, () => {
      impatient = true
      onChange()
    })
    stopping ??= goHome(taking)
    return stopping.finally(callOff)
  }

  async function goHome(controller: AbortController): Promise<Stopped> {
    let stopped = NOTHING
    try {
      stopped = await windDown(controller)
      return stopped
    } finally {
      const heard = waiters
      waiters = []
      for (const hear of heard) hear(stopping as Promise<Stopped>)
      taking = null
      stopping = null
      impatient = false
      if (!isWanted) await employer.onStop(stopped)
    }
  }

  /** Done when it has stopped. */
  function end(): Promise<Stopped> {
    return new Promise((resolve) => waiters.push(resolve))
  }

  async function windDown(controller: AbortController): Promise<Stopped> {
    controller.abort()
    listening.abort()
    onChange()
    await started.catch(() => {})
    try {
      await consuming
      const unstarted = room.empty()
      const begun = held.size - unstarted.length
      if (unstarted.length > 0) await deliveries.release(unstarted, 'unrun')
      while (held.size > 0 && !impatient) await change()
      const left = [...held]
      try {
        if (left.length > 0) await release(left)
      } finally {
        executor.abort(new Error('the worker is shutting down'))
      }
      return { finished: begun - left.length, givenBack: left.length + unstarted.length }
    } finally {
      callOffHeartbeat()
      heedless()
      await place.leave()
    }
  }

  return {
    get hostname() {
      return place.hostname
    },
    start,
    stop,
    runUntilSignal: (options = {}) => runUntilSignal({ start, stop }, end(), options),
    [Symbol.asyncDispose]: () => stop().then(() => {}),
  }
}
