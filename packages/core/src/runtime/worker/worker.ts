import { hostname as hostOf } from 'node:os'
import { checkOptions, KINDS, type OptionKind } from '../../model/check-options.ts'
import type { Message } from '../../model/message.ts'
import type { Awaitable, Delivery } from '../../ports/backend.ts'
import { createExecutor } from '../attempts/executor.ts'
import { eventLog } from '../events/event-log.ts'
import { witnessed } from '../events/witness.ts'
import type { TaskWorld } from '../tasks/context.ts'
import type { Rate } from '../tasks/rate-limit.ts'
import type { Registry } from '../tasks/task.ts'
import type { TimeLimits } from '../tasks/time-limits.ts'
import { Stir } from '../waiting/stir.ts'
import { attendance } from './attendance.ts'
import { type Autoscale, type AutoscaleOptions, scaleOf, shrinking } from './autoscale.ts'
import type { Helm } from './helm.ts'
import { createIntake } from './intake.ts'
import { Leases } from './leases.ts'
import { createLife, type StopOptions, type Stopped } from './life.ts'
import { runUntilSignal, type SignalOptions } from './until-signal.ts'
import { type Slot, WaitingRoom } from './waiting-room.ts'

/** What a worker serves, and how much at once. */
export interface WorkerOptions {
  /** Which queues to serve, each in its turn. Default: all there are. */
  readonly queues?: readonly string[]
  /** How many tasks may run at once. Default: 10; with a pool of threads, as many as there are processors. */
  readonly concurrency?: number
  /** In place of `concurrency`: as many as there is work for, between two numbers. */
  readonly autoscale?: AutoscaleOptions
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
export const WORKER_OPTIONS: Record<keyof WorkerOptions, OptionKind> = {
  queues: KINDS.queues,
  concurrency: KINDS.count,
  autoscale: KINDS.anything,
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

/** Whose worker it is: an app, which stops its workers when it is closed. */
export interface Employer {
  readonly name: string
  /** Where tasks run. */
  readonly pool: 'async' | 'threads'
  /** It was asked to start. */
  onStart(): void
  /** It will take messages next, unless it is told to end before that. */
  onBegin(ending: AbortSignal): Awaitable<void>
  /** So many may run at once from now on. */
  onResize(concurrency: number): void
  /** It takes messages from now on. */
  onReady(about: WorkerPlace): void
  /** It takes nothing new, and waits for so many tasks that run. */
  onStopping(running: number): void
  /** It has stopped; if it was asked to start again meanwhile, it begins anew after that. */
  onStop(stopped: Stopped): Awaitable<void>
}

/** Who it is, and what it serves. */
export interface WorkerPlace {
  readonly hostname: string
  /** The name it was to have. It got another one if somebody who is there has that. */
  readonly wanted: string
  readonly queues: readonly string[]
  readonly concurrency: number
  /** Between which numbers that changes; null if it does not. */
  readonly autoscale: Autoscale | null
}

const NOBODY: Employer = {
  name: 'worker',
  pool: 'async',
  onStart: () => {},
  onBegin: () => {},
  onResize: () => {},
  onReady: () => {},
  onStopping: () => {},
  onStop: () => {},
}

/** A worker: it takes messages into free slots, runs them, and holds their leases meanwhile. */
export function createWorker(
  registry: Registry,
  world: TaskWorld,
  options: WorkerOptions = {},
  employer: Employer = NOBODY,
): Worker {
  checkOptions(options, WORKER_OPTIONS, 'a worker', 'worker')
  const { backend } = world
  const { deliveries, clock } = backend
  const queues = new Set(options.queues ?? ['default'])
  const { concurrency = 10, prefetchMultiplier = 1 } = options
  const scale = scaleOf(options)
  let autoscale = scale?.bounds ?? null
  const stir = new Stir()
  const growth = {
    get most() {
      return autoscale?.max ?? 0
    },
    tell: () => employer.onResize(room.slots),
  }
  const room = new WaitingRoom(backend, autoscale?.min ?? concurrency, stir, growth)
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
    get hostname() {
      return place.hostname
    },
  })
  const leases = new Leases(registry, world, {
    beat: () => place.beat(),
    async interrupt(interruptions) {
      executor.interrupt(interruptions)
      await room.interrupt(interruptions)
    },
  })
  const shrink =
    scale === null ? null : shrinking(clock, room, scale.everyMs, () => autoscale?.min ?? 1, refit)
  const intake = createIntake(world, {
    queues,
    places,
    stir,
    release: (others) => leases.release(others, 'unrun'),
    serve: (delivery) => void serve(delivery),
  })
  let startedAt = clock.now()
  let finished = 0

  /** How many messages can be taken, wherever each of them will have to wait. */
  function places(): number {
    if (queues.size === 0) return 0
    const most = Math.max(1, Math.floor(room.slots * prefetchMultiplier))
    return Math.min(room.free, most - room.waiting, 2 * room.slots - (leases.size - room.waiting))
  }

  /** From its arrival to its end, whoever brings it about. */
  async function serve(delivery: Delivery): Promise<void> {
    const held = leases.hold(delivery)
    const { message, count: attempt } = delivery
    if (message.kind === 'call') log.tell({ kind: 'task-received', message, attempt })
    const entered = room.enter(delivery, rateFor(message))
    const slot = entered instanceof Promise ? await waitFor(entered, delivery) : entered
    if (slot !== null) {
      try {
        await executor.execute(slot.delivery, slot.leave)
        if (leases.isHeld(held, delivery)) finished++ // else it was given back meanwhile, and others tell its end
      } catch (error) {
        slot.leave()
        const problem = `The end of ${message.id} could not be told to the backend; it will be run again`
        if (leases.isHeld(held, delivery)) await giveBack(delivery, problem, error)
      }
    }
    leases.letGo(held, delivery)
    stir.happened()
  }

  function rateFor(message: Message): Rate | null {
    if (message.kind !== 'call') return null
    const said = rates.get(message.task)
    return said === undefined ? (registry.tasks.get(message.task)?.rate ?? null) : said
  }

  /** What its turn brings; nothing if others run it. */
  async function waitFor(turn: Promise<Slot | null>, delivery: Delivery): Promise<Slot | null> {
    try {
      return await turn
    } catch (error) {
      const { id } = delivery.message
      await giveBack(delivery, `${id} could not be given its turn; it will be tried again`, error)
      return null
    }
  }

  function giveBack(delivery: Delivery, problem: string, error: unknown): Promise<void> {
    return leases.giveBack(delivery, problem, error, life.ending)
  }

  /** Other queues, more slots or fewer. */
  function refit(): void {
    intake.refit()
    room.serve()
    employer.onResize(room.slots)
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
    get autoscale() {
      return autoscale
    },
    scaleBetween({ min, max }) {
      autoscale = { min, max }
      room.slots = Math.max(min, Math.min(room.slots, max))
      refit()
    },
    setRate(task, rate) {
      rates.set(task, rate)
      room.renew(task, rate)
    },
    setLimits: (task, said) => limits.set(task, said),
    shutDown: () =>
      void life.stop().catch((error) => world.report('A worker could not be stopped as it was told', error)),
    active: () => [...executor.running],
    reserved: () => room.guests,
    stats: () => ({
      ...{ pid: process.pid, startedAt, finished, concurrency: room.slots },
      ...{ running: [...executor.running].length, waiting: room.guests.length },
    }),
    conf: () => ({
      ...{ queues: [...queues], pool: employer.pool, concurrency: room.slots },
      autoscale: scale === null ? null : { ...autoscale, everyMs: scale.everyMs },
      ...{ prefetchMultiplier, leaseMs: leaseMs() },
    }),
  }

  const place = attendance(backend, { wanted, helm, tell: log.tell, report: world.report })

  /** JSON knows no infinity. */
  function leaseMs(): number | null {
    return Number.isFinite(deliveries.leaseMs) ? deliveries.leaseMs : null
  }

  const life = createLife(clock, { begin, windDown, onStop: (stopped) => employer.onStop(stopped) })

  async function begin(ending: AbortSignal): Promise<void> {
    startedAt = clock.now()
    try {
      await employer.onBegin(ending)
      await leases.keep()
      await place.enter()
    } catch (error) {
      leases.stop()
      throw error
    }
    if (ending.aborted) return
    intake.open()
    shrink?.begin()
    employer.onReady({
      ...{ hostname: place.hostname, wanted, queues: [...queues] },
      ...{ concurrency: room.slots, autoscale },
    })
  }

  async function windDown(begun: Promise<void>, hurry: AbortSignal): Promise<Stopped> {
    hurry.addEventListener('abort', () => stir.happened())
    employer.onStopping([...executor.running].length)
    shrink?.end()
    const before = finished
    const closed = intake.close()
    await begun.catch(() => {})
    try {
      await closed
      const unstarted = room.empty()
      await leases.release(unstarted, 'unrun')
      while (leases.size > 0 && !hurry.aborted) await stir.next()
      try {
        const left = await leases.giveAllBack()
        return { finished: finished - before, givenBack: left + unstarted.length }
      } finally {
        executor.abort(new Error('the worker is shutting down'))
      }
    } finally {
      leases.stop()
      await place.leave()
    }
  }

  async function start(): Promise<void> {
    employer.onStart()
    return life.start()
  }

  return {
    get hostname() {
      return place.hostname
    },
    start,
    stop: life.stop,
    runUntilSignal: (options = {}) => runUntilSignal({ start, stop: life.stop }, life.stopped(), options),
    [Symbol.asyncDispose]: () => life.stop().then(() => {}),
  }
}
