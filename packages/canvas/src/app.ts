import { hostname } from 'node:os'
import {
  ArpeggioError,
  type AsyncResult,
  type Backend,
  type Compiled,
  currentTask,
  EventStream,
  enlist,
  type Json,
  type Packing,
  type PoolOptions,
  restoreResult,
  resultOfId,
  runOf,
  type Site,
  serve,
  show,
  type Worker,
  type WorkerOptions,
} from '@arpeggio/core'
import type { Arguments, Problem } from './compile/arguments.ts'
import { type AppOptions, type AppParts, readAppOptions } from './config/app-options.ts'
import { type ConfigSource, settingsFrom } from './config/config-source.ts'
import { configFrozen, configured } from './config/configured.ts'
import { type Config, DEFAULTS, readSettings, type Settings } from './config/settings.ts'
import { queuesOf } from './config/worker-options.ts'
import { Catalog } from './house/catalog.ts'
import { makeCurrent, retire } from './house/current-app.ts'
import { type DiscoverOptions, discover, type Place } from './house/discover.ts'
import type { Home } from './house/home.ts'
import { Premises } from './house/premises.ts'
import { Sending } from './house/sending.ts'
import { takeUp } from './house/shared-task.ts'
import { Workforce } from './house/workforce.ts'
import type { Node, TaskNode } from './node/node.ts'
import type { Serializer } from './packing/serializers.ts'
import type { Signature } from './signature.ts'
import { type SignatureDetails, signature } from './signature-of.ts'
import { type AnyFunction, declared, makeTask, type TaskMaker, type TaskOptions } from './task.ts'
import { directContext } from './tasks/definition.ts'
import { States } from './tasks/states.ts'
import { type AppEvents, Hooks } from './telling/hooks.ts'
import { type LogLevel, toConsole } from './telling/logging.ts'
import { harmless, tellTo } from './telling/report.ts'
import type { Ears } from './telling/surroundings.ts'
import { heedWarnings } from './telling/warnings.ts'
import { asker, type Control, controlOf, type Office } from './workers/control.ts'
import { type Inspect, inspectOf } from './workers/inspect.ts'

/** Tasks, a backend, and what brings them together: the one place where canvases meet the world. */
export class App implements Home {
  readonly name: string
  /** Makes a task of a function: `app.task('add', fn)`, `app.task(function add() {})`, `app.task({ name: 'add' }, fn)`. */
  readonly task: TaskMaker
  /** What can be done to the workers of its backend while they run. */
  readonly control: Control
  /** What the workers of its backend tell of themselves. */
  readonly inspect: Inspect
  readonly #parts: AppParts
  readonly #catalog: Catalog
  readonly #hooks: Hooks
  readonly #states: States
  /** What takes up shared tasks as long as the app lives. */
  #taker: Parameters<typeof takeUp>[0] | null = null
  readonly #premises: Premises
  readonly #sending: Sending
  readonly #workforce: Workforce
  /** Ends that it hears what is wrong where it lives. */
  readonly #unheed: () => void
  #config: Config
  #closing: Promise<void> | null = null

  constructor(options: AppOptions = {}) {
    const { parts, settings } = readAppOptions(options)
    this.name = parts.name ?? 'app'
    this.#parts = parts
    this.#config = configured(DEFAULTS, settings, parts)
    if (parts.backend?.closed.aborted) {
      throw new ArpeggioError(
        'option-invalid',
        `The backend of the app ${this.name} is closed, as the last app on it was. Make a new one.`,
      )
    }
    const report = harmless(parts.report ?? tellTo(parts.logger))
    this.#hooks = new Hooks(report)
    this.#states = new States(report)
    this.#catalog = new Catalog(this.name, this.#config, parts.random ?? Math.random, this.#states)
    this.#catalog.learn(parts.errors ?? [], `The app ${this.name}`)
    const ears: Ears = {
      ...{ report, hooks: this.#hooks, hostname: `${this.name}@${hostname()}` },
      logger: parts.logger ?? toConsole,
      tracing: parts.tracing ?? null,
      shown: (request) => this.#catalog.shown(request),
    }
    const config = (): Config => this.#config
    this.#unheed = heedWarnings(parts, () => this.#config.logLevel)
    const { backend: given, logger } = parts
    const [registry, isHeard] = [this.#catalog, logger !== undefined]
    const isApart = new.target === Twin
    this.#premises = new Premises({ given, registry, ears, isHeard, isApart, config })
    const [name, catalog, premises] = [this.name, this.#catalog, this.#premises]
    this.#sending = new Sending({ name, catalog, premises, config })
    const [states, sending] = [this.#states, this.#sending]
    const open = (deed: string): void => this.#open(deed)
    this.#workforce = new Workforce({ name, ears, states, catalog, premises, sending, config, open })
    this.task = this.#make.bind(this) as TaskMaker
    const office: Office = {
      open,
      backend: () => this.#premises.desk.backend,
      queues: () => queuesOf(this.#config),
      queueProblem: (queue) => this.#catalog.queueProblem(queue),
      result: (id) => this.result(id),
    }
    const ask = asker(office)
    this.control = controlOf(ask, office)
    this.inspect = inspectOf(ask, office)
    if (!isApart) this.#moveIn()
  }

  /** From now on it is one of the apps of this process. */
  #moveIn(): void {
    this.#taker = {
      name: this.name,
      knows: (task) => this.#catalog.tasks.has(task),
      adopt: (fn, options) => this.#register(fn, options),
    }
    takeUp(this.#taker)
    makeCurrent(this)
    enlist(this, (port) =>
      serve(port, {
        registry: this.#catalog,
        world: this.#premises.footing.world,
        dispose: () => this.#states.dispose(),
      }),
    )
  }

  /**
   * Another app with the same tasks and settings on another backend, to try workflows out: what its tasks send and look up
   * while they run is there, whichever app that is of. A task that is declared later is known to one of them only. `stubs` are run
   * in place of the functions of some tasks.
   */
  twin(
    parts: Pick<AppParts, 'random' | 'report' | 'logger'> & Required<Pick<AppParts, 'backend'>>,
    stubs: Readonly<Record<string, AnyFunction>> = {},
  ): App {
    const twin = new Twin({ ...this.#parts, ...parts })
    twin.#config = { ...this.#config, taskAlwaysEager: false }
    twin.#catalog.follow(twin.#config)
    twin.#catalog.adopt(this.#catalog, stubs)
    return twin
  }

  /** What it goes by: every setting, as it was said, or else its default. */
  get config(): Config {
    return this.#config
  }

  /** Changes settings, before it sends anything or makes a worker: what was said last counts. */
  configure(settings: Settings): void {
    this.#open('be configured')
    if (this.#premises.isSettled) throw configFrozen(this.name)
    const config = configured(this.#config, readSettings(settings, `the app ${this.name}`), this.#parts)
    this.#catalog.follow(config)
    this.#config = config
  }

  /**
   * Takes settings from a module, whose exports they are, or which exports an object of them as `default`; or from the
   * environment: with `{ env: 'PAGES_' }` the variable PAGES_TASK_DEFAULT_QUEUE says what `taskDefaultQueue` is.
   */
  configFrom(source: ConfigSource): void {
    this.configure(settingsFrom(source, `the app ${this.name}`))
  }

  /** Where its workflows live. */
  get backend(): Backend {
    return this.#premises.footing.backend
  }

  /** The names of all tasks. */
  get tasks(): readonly string[] {
    return this.#catalog.names
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

  /** Makes a serializer known, by which arguments and results may be packed: what makes JSON of values, and values of that. */
  serializer(name: string, serializer: Serializer): void {
    this.#open('learn of serializers')
    this.#catalog.packer.add(name, serializer)
  }

  /** The handle of an id. Making it does no I/O. */
  result<T = unknown>(id: string): AsyncResult<T> {
    checkId(id)
    this.#open('look up results')
    return resultOfId(this.#premises.desk, id, this.#sending.outlineOf(runOf(id))) as AsyncResult<T>
  }

  /** The handle of an id with its parent, children and members looked up; null if nothing is known of it. */
  async restore<T = unknown>(id: string): Promise<AsyncResult<T> | null> {
    checkId(id)
    this.#open('look up results')
    return (await restoreResult(this.#premises.desk, id)) as AsyncResult<T> | null
  }

  /** A worker for this app's tasks, in this process. It stops with the app. */
  worker(options: WorkerOptions & PoolOptions & { readonly logLevel?: LogLevel } = {}): Worker {
    this.#open('start a worker')
    return this.#workforce.hire(options)
  }

  /**
   * Imports the modules that make tasks: by URL, path or package name; of a directory, all that end with `suffix`, or if
   * nothing is said with `tasks.js`, `tasks.mjs`, `tasks.ts` or `tasks.mts`. Paths begin where the process does. Gives the
   * names of the new tasks.
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
    return new EventStream(this.#premises.desk.backend)
  }

  async launch(node: Node): Promise<AsyncResult<unknown>> {
    this.#open('send anything')
    return this.#sending.launch(node)
  }

  async apply(node: Node): Promise<AsyncResult<unknown>> {
    this.#open('run anything')
    return this.#sending.apply(node)
  }

  compile(node: Node, site: Site): Compiled {
    return this.#sending.compile(node, site)
  }

  taskProblem(task: string): Problem | null {
    return this.#catalog.taskProblem(task)
  }

  mostArguments(task: string): number | null {
    return this.#catalog.mostArguments(task)
  }

  readArguments(node: TaskNode, options: Packing): Arguments | Problem {
    return this.#catalog.readArguments(node, options)
  }

  queueProblem(queue: string): Problem | null {
    return this.#catalog.queueProblem(queue)
  }

  /**
   * Stops this app's workers and closes its backend, so that the process can end. A backend that several apps share is
   * closed by the last of them; one in memory loses what was not run by then.
   */
  close(): Promise<void> {
    const task = currentTask()
    if (task !== null && this.#premises.isOn(task.world.backend))
      return Promise.reject(closedFromInside(task.request.task))
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    retire(this)
    const stops = await this.#workforce.stop()
    await this.#states.dispose()
    this.#sending.end()
    try {
      await this.#premises.leave()
    } finally {
      this.#unheed()
    }
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason
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
    const { taskNaming } = this.#config
    if (taskNaming === null || typeof fn !== 'function' || fn.name === '' || options?.name !== undefined)
      return options
    return { ...options, name: taskNaming(fn.name, this.name) }
  }

  /** Takes a task into the app; gives what a plain call of it runs. */
  #register(fn: AnyFunction, options: TaskOptions): AnyFunction {
    const task = this.#catalog.add(fn, options)
    const here = (...args: readonly unknown[]): unknown =>
      task.run(args as readonly Json[], {}, directContext(task, args, this.#premises.footing.world))
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

/** An app that stands apart: none of those of this process. */
class Twin extends App {}

function closedFromInside(task: string): ArpeggioError {
  return new ArpeggioError(
    'wait-in-task',
    `${task} closes the app that runs it, which would wait for this very task to end. Close it from outside.`,
  )
}

function checkId(id: unknown): void {
  if (typeof id === 'string' && runOf(id) !== '') return
  throw new ArpeggioError('id-invalid', `${show(id)} is no id. Give the text of one, such as result.id.`)
}
