import {
  ArpeggioError,
  builtInTasks,
  type CallOptions,
  didYouMean,
  type ErrorClass,
  type JsonObject,
  type Packing,
  type Registry,
  type TaskDefinition,
  type TaskRequest,
} from '@arpeggio/core'
import { type Arguments, type Problem, problemError, readArguments } from '../compile/arguments.ts'
import type { CompileContext } from '../compile/compile.ts'
import { checkAnnotated } from '../config/annotated.ts'
import { annotationOf } from '../config/annotations.ts'
import { Placements } from '../config/placements.ts'
import type { Config } from '../config/settings.ts'
import { routeOf } from '../node/mapping.ts'
import type { TaskNode } from '../node/node.ts'
import { checkLimits } from '../node/parse-options.ts'
import { Serializers } from '../packing/serializers.ts'
import type { AnyFunction, TaskOptions } from '../task.ts'
import { type Definition, defineTask } from '../tasks/definition.ts'
import type { States } from '../tasks/states.ts'
import { learn } from './error-classes.ts'
import type { KeyOf } from './run-name.ts'

/** A task as it was declared. */
interface Declaration {
  readonly fn: AnyFunction
  readonly options: TaskOptions
}

/** The tasks of one app, as its settings have them. */
export class Catalog implements Registry {
  readonly tasks: Map<string, TaskDefinition> = new Map()
  readonly errors: Map<string, ErrorClass> = new Map()
  readonly random: () => number
  readonly packer: Serializers
  readonly #app: string
  readonly #states: States
  readonly #declared: Map<string, Declaration> = new Map()
  readonly #definitions: Map<string, Definition> = new Map()
  #config: Config
  #placements: Placements

  constructor(app: string, config: Config, random: () => number, states: States) {
    checkAnnotated(config)
    this.#app = app
    this.#config = config
    this.packer = new Serializers(app)
    this.#placements = new Placements(config, this.packer.open)
    this.random = random
    this.#states = states
    for (const task of builtInTasks(this.tasks)) this.tasks.set(task.name, this.#placed(task, NOTHING))
  }

  /** The names of those that were declared. */
  get names(): readonly string[] {
    return [...this.#definitions.keys()]
  }

  /** Takes a task in, if its name is free. */
  add(fn: AnyFunction, options: TaskOptions): TaskDefinition {
    const definition = this.#define({ fn, options }, this.#config)
    const { name } = definition.task
    if (this.tasks.has(name)) {
      throw new ArpeggioError(
        'task-duplicate',
        `The app ${this.#app} already has a task named ${JSON.stringify(name)}. Give this one another name: messages are matched by it.`,
      )
    }
    this.learn(definition.errors, `The task ${name}`)
    this.#declared.set(name, { fn, options })
    this.#keep(definition)
    return definition.task
  }

  /** Has all tasks of another one, and what they need. Stubs take whatever their tasks are given. */
  adopt(others: Catalog, stubs: Readonly<Record<string, AnyFunction>>): void {
    for (const name of Object.keys(stubs)) {
      const problem = others.#declared.has(name) ? null : others.taskProblem(name)
      if (problem !== null) throw problemError(problem)
    }
    this.packer.adopt(others.packer)
    this.learn([...others.errors.values()], `The app ${this.#app}`)
    for (const [name, { fn, options }] of others.#declared) {
      if (Object.hasOwn(stubs, name))
        this.add(stubs[name] as AnyFunction, { ...options, name, typing: false })
      else this.add(fn, options)
    }
  }

  /** Other settings from now on: every task is read again. If one cannot go by them, all stays as it was. */
  follow(config: Config): void {
    checkAnnotated(config)
    const placements = new Placements(config, this.packer.open)
    const definitions = [...this.#declared.values()].map((declared) => this.#define(declared, config))
    this.learn(
      definitions.flatMap(({ errors }) => errors),
      'taskAnnotations',
    )
    this.#config = config
    this.#placements = placements
    for (const definition of definitions) this.#keep(definition)
  }

  /** Adds classes of errors that come back as themselves; `who` names them. */
  learn(errors: readonly ErrorClass[], who: string): void {
    learn(this.#app, this.errors, errors, who)
  }

  /** What is asked of it by what is compiled at some moment. */
  contextAt(now: number, carried: JsonObject | null): CompileContext {
    return {
      now,
      carried,
      defaultsFor: (task, args, kwargs, options) =>
        this.#placements.of(task, this.#ownOf(task), args, kwargs, options),
      queueProblem: (queue) => this.#placements.queueProblem(queue),
      mostArguments: (task) => this.mostArguments(task),
      refusal: (task, given) => {
        const refusal = this.#definitions.get(task)?.refusal ?? null
        return refusal === null ? null : refusal(given.map(this.packer.open))
      },
      readArguments: (node, options) => this.readArguments(node, options),
    }
  }

  /** Why a task cannot be run here, if so. */
  taskProblem(task: string): Problem | null {
    if (this.tasks.has(task)) return null
    const message = `No task named ${JSON.stringify(task)} is registered in this app.${didYouMean(task, this.names)} If it lives elsewhere, send it to a queue that is served there.`
    return { code: 'task-unknown', path: 'task', message }
  }

  /** Why nothing can be sent to a queue, if so. */
  queueProblem(queue: string | undefined): Problem | null {
    return this.#placements.queueProblem(queue)
  }

  /** The arguments of a call as they will travel, or why they cannot; `said` is what is said of the call. */
  readArguments(node: TaskNode, said: Packing): Arguments | Problem {
    const route = routeOf(node)
    return readArguments(node, this.#placements.packingOf(route, this.#ownOf(route), said), this.packer)
  }

  mostArguments(task: string): number | null {
    return this.#definitions.get(task)?.mostArguments ?? null
  }

  /** What makes keys of the calls of a task, if anything does: of their arguments as the task will be given them. */
  keyOf(task: string): KeyOf | null {
    const make = this.#definitions.get(task)?.idempotencyKey ?? null
    if (make === null) return null
    const { open } = this.packer
    return ({ args, kwargs }) => make(args.map(open), open(kwargs) as Readonly<Record<string, unknown>>)
  }

  /** A call, as lines may show it. */
  shown(request: TaskRequest): string {
    return this.#definitions.get(request.task)?.shown(request) ?? request.task
  }

  #define({ fn, options }: Declaration, config: Config): Definition {
    const { taskAnnotations } = config
    const called = String(options?.name ?? fn?.name)
    const said = taskAnnotations === null ? options : { ...options, ...annotationOf(called, taskAnnotations) }
    const definition = defineTask(fn, said, this.#states, config)
    // What the task says itself: a limit of an annotation may well be shorter than one of its own.
    checkLimits(options.softTimeLimit, options.timeLimit, `the task ${called}`)
    return definition
  }

  #ownOf(task: string): CallOptions {
    return this.#definitions.get(task)?.own ?? NOTHING
  }

  #keep(definition: Definition): void {
    const { name } = definition.task
    this.#definitions.set(name, definition)
    this.tasks.set(name, this.#placed(definition.task, definition.own))
  }

  #placed(task: TaskDefinition, own: CallOptions): TaskDefinition {
    return {
      ...task,
      packer: this.packer,
      defaultsFor: (args, kwargs, options) => this.#placements.of(task.name, own, args, kwargs, options),
    }
  }
}

const NOTHING: CallOptions = Object.freeze({})
