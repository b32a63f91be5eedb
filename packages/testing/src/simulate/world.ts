import type { AnySignature, App, AsyncResult, Worker } from '@arpeggio/canvas'
import {
  type Backend,
  type MemoryBackend,
  type memoryBackend,
  SILENT,
  type VirtualClock,
  virtualClock,
} from '@arpeggio/core'
import { ranAs } from '../record.ts'
import { Chance } from './chance.ts'
import { type End, endOf } from './end.ts'
import { FAULTS, type Fault } from './faults.ts'
import { History } from './history.ts'
import { type Garbling, lineOf, type Turn } from './line.ts'
import { Process } from './process.ts'
import { Queue } from './queue.ts'
import type { Schedule } from './schedule.ts'
import { callAsText, leftAsText } from './wording.ts'

/** What a world is made of. */
export interface WorldOptions {
  /** How many workers, each of which serves whatever there is; or the queues of each. */
  readonly workers: number | readonly (readonly string[])[]
  /** How many steps it may take before it is taken for one that never ends. */
  readonly mostSteps: number
  /** What all of it lives on. */
  readonly memory: typeof memoryBackend
  /** What stands between a process and its line to the backend. */
  readonly through: (line: Backend, memory: MemoryBackend) => Backend
}

/** What became of a canvas in a world. */
export interface Played {
  /** How it stands in the end, as whoever looks then is told. */
  readonly end: End
  /** What whoever waited was told, if all came to an end; of a group that may be the first failure, before all is over. */
  readonly told: End
  /** How each node of the run stands, by its id. */
  readonly states: readonly string[]
  /** If it never came to an end: what was left then, and where. */
  readonly left: readonly string[]
  readonly steps: number
  readonly history: History
  /** What was drawn, as it is after all that. */
  readonly drawing: string
}

const STUCK: End = { state: 'STUCK' }
const START = Date.UTC(2026, 0)
const LEASE_MS = 30_000
/** How long a step takes. */
const STEP_MS = 1
const RUN = 'simulated'
/** How long nothing may happen, if nobody waits for a moment: then nothing will. */
const QUIET_MS = 3 * LEASE_MS
/** How long a task may wait for something outside of its world, in real milliseconds: before time goes on there, and in all. */
const REAL_MS = 20
const MOST_REAL_MS = 500

/** A producer and some workers on one backend, in one thread and in virtual time: what they do, and when, is all in the schedule. */
class World {
  readonly #app: App
  readonly #canvas: AnySignature
  readonly #schedule: Schedule
  readonly #options: WorldOptions
  readonly #clock: VirtualClock = virtualClock(START)
  readonly #memory: MemoryBackend
  readonly #queue = new Queue()
  readonly #history = new History()
  readonly #random: () => number
  readonly #names = { producer: 0, worker: 0 }
  readonly #processes: Set<Process> = new Set()
  #step = 0
  /** How often nobody could do anything before time went on. */
  #leaps = 0
  #awayUntil = 0
  /** What is done to the messages that are sent next. */
  #garbling: Garbling = null
  /** When something happened last. */
  #stirred = START
  /** How long tasks have been waited for that wait for something outside, without anything happening. */
  #realMs = 0
  #told: End | null = null
  #refusal: { readonly error: unknown } | null = null
  /** The queues of each worker. */
  readonly #crew: readonly (readonly string[])[]
  /** Where each message goes if every worker serves everything: routes may name queues that nobody could know of. */
  readonly #queueOfAll: string | null

  constructor(app: App, canvas: AnySignature, schedule: Schedule, options: WorldOptions) {
    this.#app = app
    this.#canvas = canvas
    this.#schedule = schedule
    this.#options = options
    const { workers } = options
    this.#queueOfAll = typeof workers === 'number' ? anyQueueOf(app) : null
    this.#crew = typeof workers === 'number' ? Array(workers).fill([this.#queueOfAll]) : workers
    this.#memory = options.memory({ clock: this.#clock, leaseMs: LEASE_MS })
    const chance = new Chance(1)
    this.#random = () => chance.next()
  }

  async play(): Promise<Played> {
    try {
      this.#produce()
      for (const queues of this.#crew) this.#work(queues)
      while (!(await this.#isOver())) if (!(await this.#next())) break
      if (this.#refusal !== null) throw this.#refusal.error
      const told = this.#told !== null && (await this.#isOver()) ? this.#told : STUCK
      const observer = this.#app.twin({ backend: this.#memory, logger: SILENT }).result(RUN)
      return {
        told,
        end: told === STUCK ? STUCK : await endOf(observer),
        states: told === STUCK ? [] : await statesOf(observer),
        left: told === STUCK ? await this.#left(observer) : [],
        steps: this.#step,
        history: this.#history,
        drawing: JSON.stringify(this.#canvas),
      }
    } finally {
      for (const process of this.#processes) process.die() // what still listens for that is kept until it comes
      await this.#memory.close()
    }
  }

  /** A process that sends the canvas, and waits for its value. If it dies, its successor sends it again under the same name. */
  #produce(): void {
    const process = this.#begin('producer')
    const app = this.#appOf(process)
    const send = async (): Promise<void> => {
      const result = (await app.launch(this.#canvas.set({ taskId: RUN }).node)) as AsyncResult<unknown>
      const told = await endOf(result)
      this.#told ??= told
    }
    send().catch((error: unknown) => {
      this.#refusal ??= { error }
    })
  }

  #work(queues: readonly string[]): void {
    const process = this.#begin('worker', queues)
    const app = this.#appOf(process)
    app.on('task-prerun', ({ request }) => {
      const call = callAsText(request.task, request.args)
      process.running.set(request, call)
      this.#history.ran.push(ranAs(request))
      this.#note(process, `runs ${call}`)
    })
    app.on('task-postrun', ({ request }) => {
      process.running.delete(request)
    })
    const worker: Worker = app.worker({ concurrency: 2, hostname: process.name, queues })
    worker.start().catch((error: unknown) => this.#note(process, `could not start: ${String(error)}`))
    process.stop = () => {
      worker.stop({ within: STEP_MS }).then(
        () => this.#leave(process),
        (error: unknown) => this.#note(process, `could not stop: ${String(error)}`),
      )
    }
  }

  #begin(role: Process['role'], queues: readonly string[] = []): Process {
    const process = new Process(role, ++this.#names[role], queues)
    this.#processes.add(process)
    return process
  }

  /** It is gone, and another comes for it a second later. */
  #leave(process: Process): void {
    if (!process.isAlive) return
    process.die()
    this.#queue.forget(process)
    this.#processes.delete(process)
    this.#clock.at(this.#clock.now() + 1_000, () =>
      process.role === 'producer' ? this.#produce() : this.#work(process.queues),
    )
  }

  #appOf(process: Process): App {
    const [memory, turns, history] = [this.#memory, this.#queue, this.#history]
    const line = lineOf(process, {
      ...{ memory, turns, history, queue: this.#queueOfAll },
      note: (one, what) => this.#note(one, what),
      garbling: () => {
        const garbling = this.#garbling
        this.#garbling = null
        return garbling
      },
    })
    return this.#app.twin({
      backend: this.#options.through(line, memory),
      random: this.#random,
      logger: SILENT,
      report: (problem, error) =>
        this.#note(process, `${problem}${error === null ? '' : `: ${String(error)}`}`),
    })
  }

  /** One goes on, or time does. False if nothing will ever happen again. */
  async #next(): Promise<boolean> {
    await this.#settled()
    const now = this.#clock.now()
    const ready = this.#awayUntil > now ? [] : this.#queue.ready(now)
    if (ready.length === 0) return this.#advance(now)
    if (this.#step === this.#options.mostSteps) return false
    const turn = ready[(this.#schedule.turns[this.#step] ?? 0) % ready.length] as Turn
    const faults = this.#schedule.faults.filter(({ step }) => step === this.#step)
    this.#step++
    this.#goTo(now + STEP_MS)
    if (!turn.isIdle) this.#stir()
    const { process } = turn
    const { frozenUntil } = process
    for (const { fault } of faults) this.#strike(fault, turn)
    if (process.isAlive && process.frozenUntil === frozenUntil && this.#awayUntil <= now) {
      const isLost = turn.when === 'is told' && faults.some(({ fault }) => fault === 'lose-answer')
      this.#queue.let(turn, isLost ? 'answer lost' : 'goes on')
    }
    return true
  }

  #strike(fault: Fault, { process, what, when }: Turn): void {
    const now = this.#clock.now()
    this.#stir()
    switch (fault) {
      case 'die':
        this.#leave(process)
        break
      case 'stop':
        if (process.role === 'producer') return
        process.stop()
        break
      case 'freeze':
        process.frozenUntil = now + LEASE_MS * 1.5
        break
      case 'lose-answer':
        if (when === 'asks') return
        break // it is lost when it is given
      case 'outage':
        this.#awayUntil = now + LEASE_MS * 1.5
        break
      case 'drift':
        process.driftMs += 600_000
        break
      case 'repeat':
      case 'reorder':
        this.#garbling = fault
        break
      default:
        fault satisfies never
    }
    const moment = when === 'asks' ? 'before' : 'after'
    this.#note(process, `${FAULTS[fault].toUpperCase()} (${moment}: ${what})`, true)
  }

  /** Time goes on to the next moment that somebody waits for. */
  async #advance(now: number): Promise<boolean> {
    const isBusy = [...this.#processes].some(({ running }) => running.size > 0) && this.#realMs < MOST_REAL_MS
    if (isBusy && (await this.#arrives())) return true
    const due = this.#memory.nextDue()
    const away = this.#awayUntil > now ? this.#awayUntil : null
    if (due === null && away === null && !isBusy && now > this.#stirred + QUIET_MS && !this.#isAwaited(now))
      return false
    const timers = [...this.#processes].map((process) => process.next)
    const still = due !== null && due > now ? due : null // what is due already waits for somebody
    const moments = [still, this.#clock.next(), this.#queue.nextThaw(now), away, ...timers]
    const next = Math.min(...moments.map((moment) => moment ?? Number.POSITIVE_INFINITY))
    if (!Number.isFinite(next) || this.#leaps++ === this.#options.mostSteps) return false
    this.#goTo(Math.max(next, now + 1))
    return true
  }

  /** Whether somebody waits for a moment: something may happen then. */
  #isAwaited(now: number): boolean {
    return [...this.#processes].some((process) => process.awaits(now))
  }

  #goTo(moment: number): void {
    this.#clock.advanceTo(moment)
    for (const process of this.#processes) process.ring(moment)
  }

  /** Whether a task that waits for something outside of its world comes back from there. */
  async #arrives(): Promise<boolean> {
    const [before, since] = [this.#queue.arrived, performance.now()]
    let ms = 0
    while (ms < REAL_MS && this.#queue.arrived === before) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      ms = performance.now() - since
    }
    this.#realMs += ms
    return this.#queue.arrived > before
  }

  /** Something has happened. */
  #stir(): void {
    this.#stirred = this.#clock.now()
    this.#realMs = 0
  }

  /** Until nobody has anything left to do without a turn. */
  async #settled(): Promise<void> {
    let before: number
    do {
      before = this.#queue.arrived
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    } while (this.#queue.arrived > before)
  }

  /** Whether whoever waits has returned, and every run that was sent is over. */
  async #isOver(): Promise<boolean> {
    if (this.#refusal !== null) return true
    if (this.#told === null) return false
    for (const run of this.#history.runs) {
      const record = await this.#memory.runs.get(run)
      if (record?.progress.over === false) return false
    }
    return true
  }

  /** What whoever waits waits for, as far as it can be found. */
  async #left(observer: AsyncResult<unknown>): Promise<readonly string[]> {
    const { mostSteps } = this.#options
    const processes = [...this.#processes]
    const running = processes.map(({ name, running }) => ({ name, running: [...running.values()] }))
    const queues = (await this.#memory.queues.list()).map((queue) => ({
      ...queue,
      isServed: processes.some((process) => process.queues.includes(queue.name)),
    }))
    const graph = await observer.run.graph().catch(() => null) // it may not even have been sent
    const steps = this.#step === mostSteps || this.#leaps > mostSteps ? mostSteps : null
    return leftAsText({ steps, running, queues, nodes: graph?.nodes ?? null })
  }

  #note(process: Process, what: string, isFault = false): void {
    this.#history.lines.push({ ms: this.#clock.now() - START, who: process.name, what, isFault })
  }
}

/** A queue that its workers may serve. */
function anyQueueOf({ config: { taskQueues, taskDefaultQueue } }: App): string {
  return taskQueues?.[0] ?? taskDefaultQueue
}

async function statesOf(result: AsyncResult<unknown>): Promise<readonly string[]> {
  const { nodes } = await result.run.graph()
  return nodes.map(({ id, state }) => `${id} ${state}`).sort()
}

/** Plays a canvas to its end, as the schedule says. */
export function playIn(
  app: App,
  canvas: AnySignature,
  schedule: Schedule,
  options: WorldOptions,
): Promise<Played> {
  return new World(app, canvas, schedule, options).play()
}
