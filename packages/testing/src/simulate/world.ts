import type { AnySignature, App, AsyncResult, Worker } from '@arpeggio/canvas'
import { type Backend, type MemoryBackend, type memoryBackend, SILENT, virtualClock } from '@arpeggio/core'
import { ranAs } from '../record.ts'
import { Chance } from './chance.ts'
import { type End, endOf } from './end.ts'
import { FAULTS, type Fault } from './faults.ts'
import { History } from './history.ts'
import { type Garbling, lineOf, type Turn } from './line.ts'
import { Process } from './process.ts'
import { Queue } from './queue.ts'
import type { Schedule } from './schedule.ts'
import { LEASE_MS, Time } from './time.ts'
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
/** How long a step takes. */
const STEP_MS = 1
const RUN = 'simulated'
/** How long who is deaf hears nothing, and then does not know it. */
const DEAF_MS = 20

/** A producer and some workers on one backend, in one thread and in virtual time: what they do, and when, is all in the schedule. */
class World {
  readonly #app: App
  readonly #canvas: AnySignature
  readonly #schedule: Schedule
  readonly #options: WorldOptions
  readonly #memory: MemoryBackend
  readonly #queue = new Queue()
  readonly #history = new History()
  readonly #random: () => number
  readonly #names = { producer: 0, worker: 0 }
  readonly #processes: Set<Process> = new Set()
  readonly #time: Time
  #step = 0
  /** What is done to the messages that are sent next. */
  #garbling: Garbling = null
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
    const clock = virtualClock(START)
    this.#memory = options.memory({ clock, leaseMs: LEASE_MS })
    const [memory, queue, processes] = [this.#memory, this.#queue, this.#processes]
    this.#time = new Time({ clock, memory, queue, processes, mostLeaps: options.mostSteps })
    const chance = new Chance(1)
    this.#random = () => chance.next()
  }

  async play(): Promise<Played> {
    try {
      this.#produce()
      for (const queues of this.#crew) this.#work(queues)
      while (!(this.#isCalm && (await this.#isOver()))) if (!(await this.#next())) break
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
    this.#memory.clock.at(this.#time.now + 1_000, () =>
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
    await this.#time.settle()
    const { now } = this.#time
    const ready = this.#time.awayUntil > now ? [] : this.#queue.ready(now)
    if (ready.length === 0) return this.#time.goOn()
    if (this.#step === this.#options.mostSteps) return false
    const turn = ready[(this.#schedule.turns[this.#step] ?? 0) % ready.length] as Turn
    const faults = this.#schedule.faults.filter(({ step }) => step === this.#step)
    this.#step++
    this.#time.goTo(now + STEP_MS)
    if (!turn.isIdle) this.#time.stir()
    const { process } = turn
    const { frozenUntil } = process
    for (const { fault } of faults) this.#strike(fault, turn)
    if (process.isAlive && process.frozenUntil === frozenUntil && this.#time.awayUntil <= now) {
      const isLost = turn.when === 'is told' && faults.some(({ fault }) => fault === 'lose-answer')
      this.#queue.let(turn, isLost ? 'answer lost' : 'goes on')
    }
    return true
  }

  #strike(fault: Fault, { process, what, when }: Turn): void {
    const { now } = this.#time
    this.#time.stir()
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
        this.#time.awayUntil = now + LEASE_MS * 1.5
        break
      case 'deaf':
        process.deafUntil = now + DEAF_MS
        this.#memory.clock.at(now + 2 * DEAF_MS, () => this.#learn(process))
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

  /** It hears that it may have missed something, if it has. Who is deaf once more hears it after that. */
  #learn(process: Process): void {
    if (process.missing.size === 0 || !process.isAlive || process.deafUntil > this.#time.now) return
    this.#note(process, 'is told that it may have missed something')
    process.learn()
  }

  /** Whether nobody stands still who will go on, and nobody runs anything: what a zombie does comes late, but it comes. */
  get #isCalm(): boolean {
    const { now } = this.#time
    return [...this.#processes].every(({ frozenUntil, running }) => frozenUntil <= now && running.size === 0)
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
    const steps = this.#step === mostSteps || this.#time.isEndless ? mostSteps : null
    return leftAsText({ steps, running, queues, nodes: graph?.nodes ?? null })
  }

  #note(process: Process, what: string, isFault = false): void {
    this.#history.lines.push({ ms: this.#time.now - START, who: process.name, what, isFault })
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
