import { hostname } from 'node:os'
import {
  ArpeggioError,
  type AsyncResult,
  applyEagerly,
  type Backend,
  builtInTasks,
  type CallOptions,
  type Compiled,
  checkOptions,
  checkRunId,
  createWorker,
  currentTask,
  type Desk,
  type EagerWorld,
  type ErrorClass,
  EventStream,
  eagerWorld,
  enlist,
  eventLog,
  isPoolThread,
  type Json,
  launch,
  memoryBackend,
  newRunId,
  type PoolOptions,
  poolFor,
  type Registry,
  restoreResult,
  resultOfId,
  resultOfRun,
  runOf,
  type Site,
  type Surroundings,
  serve,
  show,
  standInFor,
  type TaskDefinition,
  type TaskWorld,
  WHOLE,
  type Worker,
  type WorkerOptions,
  witnessed,
} from '@arpeggio/core'
import { APP_OPTIONS, type AppOptions } from './app-options.ts'
import { compile } from './compile/compile.ts'
import { asker, type Control, controlOf } from './control.ts'
import { makeCurrent, retire } from './current-app.ts'
import { type Definition, defineTask, directContext } from './definition.ts'
import { type DiscoverOptions, discover, type Place } from './discover.ts'
import { learn } from './error-classes.ts'
import type { Home } from './home.ts'
import { type AppEvents, Hooks } from './hooks.ts'
import { type Inspect, inspectOf } from './inspect.ts'
import { LOG_LEVEL, type LogLevel, toConsole } from './logging.ts'
import type { Node } from './node/node.ts'
import { Outlines } from './outlines.ts'
import { harmless, tellTo } from './report.ts'
import { takeUp } from './shared-task.ts'
import type { Signature } from './signature.ts'
import { type SignatureDetails, signature } from './signature-of.ts'
import { States } from './states.ts'
import { type Ears, loudnessOf, surroundings } from './surroundings.ts'
import { type AnyFunction, declared, makeTask, type TaskMaker, type TaskOptions } from './task.ts'
import { moveIn, moveOut } from './tenants.ts'
import { complainAtExit, forgive } from './unserved.ts'

/** Tasks, a backend, and what brings them together: the one place where canvases meet the world. */
export class App implements Home {
  readonly name: string
  readonly backend: Backend
  /** Makes a task of a function: `app.task('add', fn)`, `app.task(function add() {})`, `app.task({ name: 'add' }, fn)`. */
  readonly task: TaskMaker
  /** What can be done to the workers of its backend while they run. */
  readonly control: Control
  /** What the workers of its backend tell of themselves. */
  readonly inspect: Inspect
  readonly #definitions: Map<string, Definition> = new Map()
  readonly #tasks: Map<string, TaskDefinition> = new Map()
  readonly #errors: Map<string, ErrorClass> = new Map()
  readonly #registry: Registry
  readonly #desk: Desk
  readonly #world: TaskWorld
  readonly #eager: EagerWorld | null
  /** Its backend, and the one it was given if it has no use for that. */
  readonly #held: ReadonlySet<Backend>
  /** Those that were started, until they have stopped. */
  readonly #workers: Set<Worker> = new Set()
  readonly #naming: NonNullable<AppOptions['taskNaming']> | null
  readonly #hooks: Hooks
  readonly #states: States
  readonly #ears: Ears
  /** Around what runs eagerly. */
  readonly #quiet: Surroundings
  /** What takes up shared tasks as long as the app lives. */
  readonly #taker: Parameters<typeof takeUp>[0]
  readonly #outlines: Outlines = new Outlines()
  #closing: Promise<void> | null = null
  /** Whether runs live in this process only, and nobody was warned yet. */
  #isAlone: boolean

  constructor(options: AppOptions = {}) {
    checkOptions(options, APP_OPTIONS, 'an app')
    this.name = options.name ?? 'app'
    if (options.backend?.closed.aborted) {
      throw new ArpeggioError(
        'option-invalid',
        `The backend of the app ${this.name} is closed, as the last app on it was. Make a new one.`,
      )
    }
    learn(this.name, this.#errors, options.errors ?? [], `The app ${this.name}`)
    const report = harmless(options.report ?? tellTo(options.logger))
    this.#hooks = new Hooks(report)
    this.#states = new States(report)
    this.#ears = {
      ...{ report, hooks: this.#hooks, hostname: `${this.name}@${hostname()}` },
      logger: options.logger ?? toConsole,
      shown: (request) => this.#definitions.get(request.task)?.shown(request) ?? request.task,
    }
    const { workers, eager } = loudnessOf(options)
    this.#quiet = surroundings(this.#ears, eager)
    this.#registry = { tasks: this.#tasks, errors: this.#errors, random: options.random ?? Math.random }
    for (const task of builtInTasks(this.#tasks)) this.#tasks.set(task.name, task)
    this.#eager = options.alwaysEager ? eagerWorld(this.#registry, this.#quiet) : null
    this.backend = this.#eager?.backend ?? standInFor(options.backend ?? memoryBackend())
    this.#isAlone = this.#eager === null && options.backend === undefined
    const always = options.events === true
    const log = eventLog(this.backend, { hostname: () => this.#ears.hostname, always, report })
    this.#desk = { backend: witnessed(this.backend, log), errors: this.#errors }
    this.#world = {
      ...surroundings(this.#ears, workers),
      backend: this.backend,
      isEager: false,
      stopwatch: this.backend.clock,
      block: () => () => {},
      tellsAlways: always,
    }
    this.task = this.#make.bind(this) as TaskMaker
    const open = (deed: string): void => this.#open(deed)
    const ask = asker(this.backend, open)
    this.control = controlOf(ask, { backend: this.#desk.backend, open, result: (id) => this.result(id) })
    this.inspect = inspectOf(ask)
    this.#held = new Set([this.backend, options.backend ?? this.backend])
    for (const backend of this.#held) moveIn(backend)
    this.#naming = options.taskNaming ?? null
    this.#taker = {
      name: this.name,
      knows: (task) => this.knows(task),
      adopt: (fn, options) => this.#register(fn, options),
    }
    takeUp(this.#taker)
    makeCurrent(this)
    enlist(this, (port) =>
      serve(port, {
        registry: this.#registry,
        world: this.#world,
        dispose: () => this.#states.dispose(),
      }),
    )
  }

  /** The names of all tasks. */
  get tasks(): readonly string[] {
    return [...this.#definitions.keys()]
  }

  /** A signature by name, for a task that may live elsewhere; or from its JSON form. */
  signature<Out = unknown, In = readonly unknown[]>(
    task: string,
    details?: SignatureDetails,
  ): Signature<Out, In>
  signature<Out = unknown, In = readonly unknown[]>(json: object): Signature<Out, In>
  signature<Out = unknown, In = readonly unknown[]>(
    given: string | object,
    details?: SignatureDetails,
  ): Signature<Out, In> {
    if (details === undefined) return signature(given, this)
    return signature(given as string, details, this)
  }

  /** The handle of an id. Making it does no I/O. */
  result<T = unknown>(id: string): AsyncResult<T> {
    checkId(id)
    this.#open('look up results')
    return resultOfId(this.#desk, id, this.#outlines.get(runOf(id))) as AsyncResult<T>
  }

  /** The handle of an id with its parent, children and members looked up; null if nothing is known of it. */
  async restore<T = unknown>(id: string): Promise<AsyncResult<T> | null> {
    checkId(id)
    this.#open('look up results')
    return (await restoreResult(this.#desk, id)) as AsyncResult<T> | null
  }

  /** A worker for this app's tasks, in this process. It stops with the app. */
  worker(options: WorkerOptions & PoolOptions & { readonly logLevel?: LogLevel } = {}): Worker {
    this.#open('start a worker')
    const { logLevel, ...others } = options
    checkOptions({ logLevel }, { logLevel: LOG_LEVEL }, 'a worker')
    const loud = logLevel && surroundings(this.#ears, { tasks: logLevel, lines: logLevel })
    const world = { ...this.#world, ...loud }
    const pool = poolFor(others, this.#registry, world)
    const worker = createWorker(pool.registry, world, pool.options, {
      name: this.name,
      onStart: () => {
        this.#open('start a worker')
        if (isPoolThread()) throw startedInThread(this.name)
        this.#workers.add(worker)
        this.#isAlone = false
        forgive(this)
      },
      onBegin: (ending) => pool.open(ending),
      onResize: (slots) => pool.fit(slots),
      onReady: (about) => this.#hooks.tell('worker-ready', about),
      onStop: async (stopped) => {
        await pool.close()
        if (!this.#workers.delete(worker)) return // it had stopped before
        if (this.#workers.size === 0) await this.#states.dispose()
        this.#hooks.tell('worker-shutdown', { hostname: worker.hostname, ...stopped })
      },
    })
    return worker
  }

  /**
   * Imports the modules that make tasks: by URL, path or package name; of a directory, all that end with `suffix`,
   * `tasks.js` and `tasks.ts` if nothing is said. Paths begin where the process does. Gives the names of the new tasks.
   */
  async autodiscover(
    where: Place | readonly Place[],
    options: DiscoverOptions = {},
  ): Promise<readonly string[]> {
    this.#open('discover tasks')
    const before = new Set(this.tasks)
    await discover(Array.isArray(where) ? where : [where as Place], options)
    return this.tasks.filter((name) => !before.has(name))
  }

  /** Listens to what happens to tasks and workers of this app, in this process, until what it gives is called. */
  on<Name extends keyof AppEvents>(name: Name, listener: (event: AppEvents[Name]) => unknown): () => void {
    return this.#hooks.on(name, listener)
  }

  /**
   * What happens from now on, on the backend of this app: `for await (const event of app.events())`. It ends when that loop
   * does, or with the app.
   */
  events(): EventStream {
    this.#open('read events')
    return new EventStream(this.backend)
  }

  async launch(node: Node): Promise<AsyncResult<unknown>> {
    this.#open('send anything')
    const task = currentTask()
    const desk = task?.world.isEager ? { ...this.#desk, backend: task.world.backend } : this.#desk
    const result = await this.#start(node, desk)
    if (desk === this.#desk) this.#warnUnlessServed()
    if (this.#eager !== null && task === null) await this.#eager.drain()
    return result
  }

  async apply(node: Node): Promise<AsyncResult<unknown>> {
    this.#open('run anything')
    const { id, compiled } = this.#prepare(node)
    return applyEagerly(this.#registry, this.#quiet, id, compiled)
  }

  compile(node: Node, site: Site): Compiled {
    return compile(node, site, {
      now: (currentTask()?.world.backend ?? this.backend).clock.now(),
      defaultsFor: (task): CallOptions => this.#tasks.get(task)?.defaults ?? NO_DEFAULTS,
      mostArguments: (task) => this.mostArguments(task),
      refusal: (task, given) => this.#definitions.get(task)?.refusal(given) ?? null,
    })
  }

  knows(task: string): boolean {
    return this.#tasks.has(task)
  }

  mostArguments(task: string): number | null {
    return this.#definitions.get(task)?.mostArguments ?? null
  }

  /**
   * Stops this app's workers and closes its backend, so that the process can end. A backend that several apps share is
   * closed by the last of them; one in memory loses what was not run by then.
   */
  close(): Promise<void> {
    const task = currentTask()
    if (task !== null && [...this.#held].some(({ closed }) => closed === task.world.backend.closed))
      return Promise.reject(closedFromInside(task.request.task))
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    forgive(this)
    retire(this)
    const stops = await Promise.allSettled([...this.#workers].map((worker) => worker.stop()))
    await this.#states.dispose()
    await Promise.all([...this.#held].map(moveOut))
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason
  }

  async #start(node: Node, desk: Desk): Promise<AsyncResult<unknown>> {
    const { id, compiled } = this.#prepare(node)
    const started = await launch(desk.backend, id, compiled, currentTask()?.world ?? this.#world)
    if (!started) return (await restoreResult(desk, id)) ?? resultOfId(desk, id)
    this.#outlines.keep(id, compiled.shape)
    return resultOfRun(desk, id, compiled.shape)
  }

  #prepare(node: Node): { id: string; compiled: Compiled } {
    const { taskId } = node.options
    const id = taskId === undefined ? newRunId() : checkRunId(taskId)
    return { id, compiled: this.compile(node, WHOLE) }
  }

  /** In memory nobody else can run what was sent; a process that ends with runs unserved shall say why. */
  #warnUnlessServed(): void {
    if (!this.#isAlone) return
    this.#isAlone = false
    complainAtExit(this, () =>
      this.#world.report(
        `${this.name} sent runs that nobody will run: start a worker with app.worker().start(), or use apply()`,
        null,
      ),
    )
  }

  #make(...given: readonly unknown[]): unknown {
    this.#open('make a task')
    const { fn, options } = declared(given)
    const named = this.#named(fn, options)
    const direct = this.#register(fn, named)
    return makeTask(this, named.name ?? fn.name, named, direct)
  }

  /** What gives no name is named by the app's rule. */
  #named(fn: AnyFunction, options: TaskOptions): TaskOptions {
    if (this.#naming === null || typeof fn !== 'function' || fn.name === '' || options?.name !== undefined)
      return options
    return { ...options, name: this.#naming(fn.name, this.name) }
  }

  /** Takes a task into the app; gives what a plain call of it runs. */
  #register(fn: AnyFunction, options: TaskOptions): AnyFunction {
    const definition = defineTask(fn, options, this.#states)
    const { task, errors } = definition
    const { name } = task
    if (this.#tasks.has(name)) {
      throw new ArpeggioError(
        'task-duplicate',
        `The app ${this.name} already has a task named ${JSON.stringify(name)}. Give this one another name: messages are matched by it.`,
      )
    }
    learn(this.name, this.#errors, errors, `The task ${name}`)
    this.#tasks.set(name, task)
    this.#definitions.set(name, definition)
    const here = (...args: readonly unknown[]): unknown =>
      task.run(args as readonly Json[], {}, directContext(task, args, this.#world))
    return options.bind || options.schema ? here : fn
  }

  #open(deed: string): void {
    if (this.#closing === null) return
    throw new ArpeggioError(
      'app-closed',
      `The app ${this.name} is closed and can not ${deed}. Make a new App.`,
    )
  }
}

function closedFromInside(task: string): ArpeggioError {
  return new ArpeggioError(
    'wait-in-task',
    `${task} closes the app that runs it, which would wait for this very task to end. Close it from outside.`,
  )
}

function startedInThread(app: string): ArpeggioError {
  return new ArpeggioError(
    'worker-in-thread',
    `The module of ${app} starts a worker, also in the threads that load it for a worker. Start it in another module, or only if isMainThread of node:worker_threads says so.`,
  )
}

const NO_DEFAULTS: CallOptions = Object.freeze({})

function checkId(id: unknown): void {
  if (typeof id === 'string' && runOf(id) !== '') return
  throw new ArpeggioError('id-invalid', `${show(id)} is no id. Give the text of one, such as result.id.`)
}
