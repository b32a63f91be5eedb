import type { AnySignature, App, AsyncResult, Worker } from '@arpeggio/canvas'
import {
  type Backend,
  type MemoryBackend,
  memoryBackend,
  type VirtualClock,
  virtualClock,
} from '@arpeggio/core'
import { Chance } from './chance.ts'
import { type End, endOf } from './end.ts'
import { History } from './history.ts'
import { lineOf, type Turn } from './line.ts'
import { Process } from './process.ts'
import { Queue } from './queue.ts'
import { FAULTS, type Fault, type Schedule } from './schedule.ts'

/** What a world is made of. */
export interface WorldOptions {
  readonly workers: number
  /** What stands between a process and its backend: for those who try out a backend of their own. */
  readonly through: (backend: Backend, memory: MemoryBackend) => Backend
}

/** What became of a canvas in a world. */
export interface Played {
  readonly end: End
  /** How each node of the run stands, by its id. */
  readonly states: readonly string[]
  readonly steps: number
  readonly history: History
}

const START = Date.UTC(2026, 0)
const LEASE_MS = 30_000
const RUN = 'simulated'
/** Far more than any workflow takes that ends at all. */
const MOST_STEPS = 200_000
const LONGEST_MS = 365 * 86_400_000
/** How long a task may wait for something outside of its world, in real milliseconds, before time goes on in it. */
const REAL_MS = 20

/** A producer and some workers on one backend, in one thread and in virtual time: what they do, and when, is all in the schedule. */
class World {
  readonly #app: App
  readonly #canvas: AnySignature
  readonly #schedule: Schedule
  readonly #options: WorldOptions
  readonly #clock: VirtualClock = virtualClock(START)
  readonly #memory: MemoryBackend = memoryBackend({ clock: this.#clock, leaseMs: LEASE_MS })
  readonly #queue = new Queue()
  readonly #history = new History(START)
  readonly #random: () => number
  #step = 0
  #names = 0
  readonly #processes: Process[] = []
  #end: End | null = null

  constructor(app: App, canvas: AnySignature, schedule: Schedule, options: WorldOptions) {
    this.#app = app
    this.#canvas = canvas
    this.#schedule = schedule
    this.#options = options
    const chance = new Chance(1)
    this.#random = () => chance.next()
  }

  async play(): Promise<Played> {
    this.#produce()
    for (let nth = 1; nth <= this.#options.workers; nth++) this.#work()
    while (!(await this.#isOver())) {
      if (!(await this.#next())) break
    }
    const states = await this.#states()
    await this.#memory.close()
    return {
      end: this.#end ?? { state: 'STUCK' },
      states,
      steps: this.#step,
      history: this.#history,
    }
  }

  /** A process that sends the canvas, and waits for its value. If it dies, its successor sends it again under the same name. */
  #produce(): void {
    const process = this.#begin('producer')
    const app = this.#appOf(process)
    const send = async (): Promise<void> => {
      const result = (await app.launch(this.#canvas.set({ taskId: RUN }).node)) as AsyncResult<unknown>
      const end = await endOf(result)
      this.#end ??= end
    }
    send().catch((error: unknown) => {
      this.#end ??= { state: 'REFUSED', error: String(error) }
    })
  }

  #work(): void {
    const process = this.#begin('worker')
    const app = this.#appOf(process)
    app.on('task-prerun', () => void process.running++)
    app.on('task-postrun', () => void process.running--)
    const worker: Worker = app.worker({ concurrency: 2, hostname: process.name })
    worker.start().catch((error: unknown) => this.#note(process, `could not start: ${String(error)}`))
  }

  #begin(role: Process['role']): Process {
    const process = new Process(role, ++this.#names)
    this.#processes.push(process)
    return process
  }

  #appOf(process: Process): App {
    const [memory, turns, history] = [this.#memory, this.#queue, this.#history]
    const backend = this.#options.through(lineOf(process, { memory, turns, history }), memory)
    return this.#app.twin({
      backend,
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
    const ready = this.#queue.ready(now)
    if (ready.length === 0) return this.#advance(now)
    if (this.#step === MOST_STEPS) return false
    const turn = ready[(this.#schedule.turns[this.#step] ?? 0) % ready.length] as Turn
    const faults = this.#schedule.faults.filter(({ step }) => step === this.#step)
    this.#step++
    for (const { fault } of faults) this.#strike(fault, turn)
    const { process } = turn
    if (process.isAlive && process.frozenUntil <= this.#clock.now()) {
      const isLost = turn.when === 'is told' && faults.some(({ fault }) => fault === 'lose-answer')
      if (turn.what !== 'receive') this.#note(process, `${turn.when}: ${turn.what}`)
      this.#queue.let(turn, isLost ? 'answer lost' : 'goes on')
    }
    return true
  }

  #strike(fault: Fault, { process }: Turn): void {
    const now = this.#clock.now()
    this.#note(process, `${FAULTS[fault].toUpperCase()}`)
    switch (fault) {
      case 'die':
        process.die()
        this.#queue.forget(process)
        this.#clock.at(now + 1_000, () => (process.role === 'producer' ? this.#produce() : this.#work()))
        break
      case 'freeze':
        process.frozenUntil = now + LEASE_MS * 1.5
        break
      case 'outage':
        for (const { process: other } of this.#queue.ready(now)) other.frozenUntil = now + LEASE_MS / 3
        break
      case 'jump':
        this.#clock.advanceTo(now + LEASE_MS + 1)
        break
      case 'drift':
        process.driftMs += 600_000
        break
      case 'repeat':
        process.repeats = true
        break
      case 'lose-answer':
        break // told with the answer
      default:
        fault satisfies never
    }
  }

  async #advance(now: number): Promise<boolean> {
    const isBusy = this.#processes.some(({ isAlive, running }) => isAlive && running > 0)
    if (isBusy && (await this.#arrives())) return true
    const moments = [this.#memory.nextDue(), this.#clock.next(), this.#queue.nextThaw(now)]
    const next = Math.min(...moments.map((moment) => moment ?? Number.POSITIVE_INFINITY))
    if (!Number.isFinite(next) || next > START + LONGEST_MS) return false
    this.#clock.advanceTo(Math.max(next, now + 1))
    return true
  }

  /** Whether a task that waits for something outside of its world comes back from there. */
  async #arrives(): Promise<boolean> {
    const before = this.#queue.arrived
    for (let ms = 0; ms < REAL_MS && this.#queue.arrived === before; ms++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return this.#queue.arrived > before
  }

  /** Until nobody has anything left to do without a turn. */
  async #settled(): Promise<void> {
    let before: number
    do {
      before = this.#queue.arrived
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    } while (this.#queue.arrived > before)
  }

  async #isOver(): Promise<boolean> {
    if (this.#end === null) return false
    if (this.#end.state === 'REFUSED') return true
    const record = await this.#memory.runs.get(RUN)
    return record?.progress.over ?? true
  }

  async #states(): Promise<readonly string[]> {
    const observer = this.#app.twin({ backend: this.#memory, logger: SILENT })
    if ((await this.#memory.runs.get(RUN)) === null) return []
    const { nodes } = await observer.result(RUN).run.graph()
    return nodes.map(({ id, state }) => `${id} ${state}`).sort()
  }

  #note(process: Process, what: string): void {
    this.#history.note(this.#step, this.#clock.now(), process.name, what)
  }
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Plays a canvas to its end, as the schedule says. */
export function playIn(
  app: App,
  canvas: AnySignature,
  schedule: Schedule,
  options: WorldOptions,
): Promise<Played> {
  return new World(app, canvas, schedule, options).play()
}
