import { inspect } from 'node:util'
import {
  ArpeggioError,
  type AsyncResult,
  type Duration,
  type ErrorClass,
  type RateLimit,
  type RetryOptions,
  show,
} from '@arpeggio/core'
import type { Home } from './house/home.ts'
import { captureArgs, NO_ARGS, NO_KWARGS } from './node/capture.ts'
import { type ChunksNode, type Compression, type MapNode, NO_OPTIONS } from './node/node.ts'
import type { LaunchOptions } from './node/options.ts'
import { optionsFor } from './node/with-options.ts'
import type { Self } from './self.ts'
import { type Group, type KeywordArguments, Signature } from './signature.ts'
import { taskNode } from './signature-of.ts'
import type { AllMade, AllTaken, MadeBy, StandardSchema, TaskSchema } from './tasks/schema.ts'
import type { Reprs } from './tasks/show-call.ts'
import type { Base } from './tasks/task-base.ts'
import type { Full, Missing, Owing, Suffix, WithKwargs } from './typing/missing.ts'
import type { Sent, Wire } from './typing/wire.ts'

/** How a task is run, wherever it is called. A signature's own options win. */
export interface TaskOptions extends Reprs {
  /** What messages call it by. Default: the function's name. */
  readonly name?: string
  /** Whether the function's first parameter is the running task. Default: false. */
  readonly bind?: boolean
  /** What is done around each attempt, and what calls share: see `Base`. */
  readonly base?: Base
  /** What its arguments and its value must be, checked when it runs, and when it is sent if that can be told at once. */
  readonly schema?: TaskSchema
  /** How often it may be run again. Default: 3; Infinity means always again. */
  readonly maxRetries?: number
  /** How long a retry waits: milliseconds, or a text such as `'10s'`. Default: `'3m'`. */
  readonly defaultRetryDelay?: Duration
  /** Errors that make it run again by themselves. Default: none. */
  readonly autoretryFor?: readonly ErrorClass[]
  /** Those of them that do not. Default: none. */
  readonly dontAutoretryFor?: readonly ErrorClass[]
  /** Wait twice as long each time: true starts at one second, a number at so many seconds (as in Celery), a text at that duration. Default: false. */
  readonly retryBackoff?: boolean | Duration
  /** How long such a wait may become: milliseconds, or a text. Default: `'10m'`. */
  readonly retryBackoffMax?: Duration
  /** Whether such a wait is any time up to what was reckoned, so that not all come back at once. Default: true. */
  readonly retryJitter?: boolean
  /** What such retries ask for: `countdown`, if there is no backoff, and `maxRetries`. */
  readonly retryKwargs?: Pick<RetryOptions, 'countdown' | 'maxRetries'>
  /** Errors that are part of its work: revived as themselves, and not worth an alarm. */
  readonly throws?: readonly ErrorClass[]
  /** Whether it tells the state STARTED when it begins, with `{ hostname, pid, since }`. Default: false. */
  readonly trackStarted?: boolean
  /** false: run at most once. What is delivered again fails with `WorkerLostError`. Default: true. */
  readonly acksLate?: boolean
  /** false: a lost worker fails it with `WorkerLostError`; an orderly stop gives it back all the same. Default: true. */
  readonly rejectOnWorkerLost?: boolean
  /** Celery's word for what is always so here: errors are kept also where results are not. */
  readonly storeErrorsEvenIfIgnored?: true
  /** What its arguments are packed by: `'json'` (default), `'rich'`, or a serializer of the app. */
  readonly serializer?: string
  /** What its results are packed by: `'json'` (default), `'rich'`, or a serializer of the app. */
  readonly resultSerializer?: string
  /** How long arguments are made shorter: `'gzip'`, or `'none'` (default). */
  readonly compression?: Compression
  /** How long results are made shorter: `'gzip'`, or `'none'` (default). */
  readonly resultCompression?: Compression
  /** What is sent twice with the same key is run once: makes the key of a call of its arguments; null: this one has none. */
  readonly idempotencyKey?: IdempotencyKey
  /** Whether its values are not kept. Default: false. */
  readonly ignoreResult?: boolean
  /** Where its calls go. Default: where routes or the app say, else `'default'`. */
  readonly queue?: string
  /** What goes first of what waits in one queue: 0 to 9, and 0 goes first. Default: 5. */
  readonly priority?: number
  /** After so long it fails: milliseconds, or a text such as `'5m'`; null: never. Default: what routes or the app say, else never. */
  readonly timeLimit?: Duration | null
  /** After so long its `signal` is aborted: milliseconds, or a text; null: never. Not above the `timeLimit`. Default: as there. */
  readonly softTimeLimit?: Duration | null
  /** How often it may start, in each worker or in all together: `'100/m'`, `{ rate: '100/m', scope: 'global' }`; null: as often as it likes. Default: what the app says. */
  readonly rateLimit?: RateLimit | null
  /** false: send whatever it is given, even more arguments than it names. Default: true. */
  readonly typing?: boolean
}

/** Makes the key of a call of its arguments, as the task would be given them. */
export type IdempotencyKey = (
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
) => string | null | undefined

/** Any function whatever. */
export type AnyFunction = (...args: never) => unknown

/** A task: the user's own function, which runs here and now when it is called, and everything that sends it elsewhere. */
export type Task<Fn extends AnyFunction> = Fn & FaceOf<Fn>

/** A task of whose function nothing is known: it takes anything, and who gets its value has to look at that. */
type AnyTask = Task<(...args: unknown[]) => unknown>

/** What a task has besides being callable. `Params` are its parameters, `Out` is its result after JSON. */
export interface TaskFace<Params extends readonly unknown[], Out> {
  readonly name: string
  readonly options: TaskOptions
  /** A call with its last arguments; those before them are still missing. */
  s<Given extends Suffix<Params>>(...args: Given): Signature<Out, Missing<Params, Given>>
  /** A complete call that drops the value of the step before. */
  si<Given extends Full<Params>>(...args: Given): Signature<Out, Unheard<Params, Given>>
  /** The long form of `s`. */
  signature(args: Params, options: LaunchOptions & { readonly immutable: true }): Signature<Out, unknown>
  signature<Given extends Suffix<Params>, Kwargs extends KeywordArguments>(
    args: Given,
    options: LaunchOptions & { readonly kwargs: Kwargs },
  ): Signature<Out, WithKwargs<Missing<Params, Given>, Kwargs>>
  signature<Given extends Suffix<Params>>(
    args: Given,
    options?: LaunchOptions,
  ): Signature<Out, Missing<Params, Given>>
  signature(): Signature<Out, Params>
  /** Sends a call. It is published when the handle is there. */
  delay(...args: Params): Promise<AsyncResult<Out>>
  /** `delay` with options. */
  applyAsync(
    ...call: [] extends Params
      ? [args?: Readonly<Params> | undefined, options?: LaunchOptions]
      : [args: Readonly<Params>, options?: LaunchOptions]
  ): Promise<AsyncResult<Out>>
  applyAsync(
    args: Readonly<Full<Params>>,
    options: LaunchOptions & { readonly kwargs: KwargsOf<Params> },
  ): Promise<AsyncResult<Out>>
  /** `delay`, then the value. */
  run(...args: Params): Promise<Out>
  /** Runs it eagerly, as a worker would, here and now. */
  apply(...args: Params): Promise<AsyncResult<Out>>
  /** One message that runs it over each item, one after another. */
  map(items: Items<Params>): Signature<Out[], unknown>
  /** The same with each item as an argument list. */
  starmap(items: Iterable<Readonly<Params>>): Signature<Out[], unknown>
  /** A group of starmaps of at most `size` items each; gives a list of lists. */
  chunks(items: Iterable<Readonly<Params>>, size: number): Group<Out[][], unknown>
}

/** What `map` goes over. A task that takes nothing, or needs more than one argument, takes no such list. */
type Items<Params extends readonly unknown[]> = Params extends readonly []
  ? { 'this task takes': Params; 'map gives it': 'one argument' }
  : Params extends readonly [unknown?, ...infer Others]
    ? [] extends Others
      ? Iterable<Required<Params>[0]>
      : { 'this task takes': Params; 'map gives it': 'one argument' }
    : Iterable<Params[0]>

/** What an immutable call takes: anything, or first its keyword arguments. */
type Unheard<Params, Given> = Given extends Params ? unknown : Owing<unknown, KwargsOf<Params>>

/** The last parameter, as keyword arguments are one. */
type KwargsOf<Params> = Params extends readonly [...unknown[], infer Kwargs] ? Kwargs : KeywordArguments

type FaceOf<Fn extends AnyFunction> = Fn extends (...args: infer Params) => infer Result
  ? TaskFace<Sent<Params>, Wire<Result extends Promise<infer Value> ? Value : Awaited<Result>>>
  : never

/** A task whose arguments or results are packed by a serializer that takes more than JSON: what it packs arrives as it is. */
export type PackedTask<Fn extends AnyFunction, Takes, Gives> = [Takes, Gives] extends [Plain, Plain]
  ? Task<Fn>
  : Fn & PackedFaceOf<Fn, Takes, Gives>

type PackedFaceOf<Fn extends AnyFunction, Takes, Gives> = Fn extends (...args: infer Params) => infer Result
  ? TaskFace<
      [Takes] extends [Plain] ? Sent<Params> : Params,
      [Gives] extends [Plain]
        ? Wire<Result extends Promise<infer Value> ? Value : Awaited<Result>>
        : Awaited<Result>
    >
  : never

/** No serializer, or the one that takes JSON only. */
type Plain = undefined | 'json'

/** Who packs what a task is given, and what it gives. */
interface Packed<Takes, Gives> {
  readonly serializer?: Takes
  readonly resultSerializer?: Gives
}

/** Options without one. A schema for the whole list of arguments does not tell their types. */
type Unschooled = TaskOptions & { readonly schema?: TaskSchema<StandardSchema> }

/** Options with a schema for each argument. */
type Schooled<Schemas extends readonly StandardSchema[], Value extends StandardSchema | undefined> = Omit<
  TaskOptions,
  'schema' | 'bind' | 'base'
> & { readonly base?: Base; readonly schema: TaskSchema<Schemas, Value> & { readonly args: Schemas } }

/** What a task gives: what the schema of its value makes of it, if it has one. */
type Shaped<Result, Value> = Value extends StandardSchema
  ? Result extends Promise<unknown>
    ? Promise<MadeBy<Value>>
    : MadeBy<Value>
  : Result

/** The type of `app.task`: from a name, a named function, or options, and a function. `bind: true` puts the running task in front. */
export interface TaskMaker {
  <
    const Schemas extends readonly StandardSchema[],
    Result,
    Value extends StandardSchema | undefined = undefined,
    State = undefined,
  >(
    options: Schooled<Schemas, Value> & { readonly bind: true; readonly base?: Base<State> },
    fn: (self: Self<State>, ...args: AllMade<Schemas>) => Result,
  ): Task<(...args: AllTaken<Schemas>) => Shaped<Result, Value>>
  <
    const Schemas extends readonly StandardSchema[],
    Result,
    Value extends StandardSchema | undefined = undefined,
  >(
    options: Schooled<Schemas, Value> & { readonly bind?: false },
    fn: (...args: AllMade<Schemas>) => Result,
  ): Task<(...args: AllTaken<Schemas>) => Shaped<Result, Value>>
  <
    Params extends readonly unknown[],
    Result,
    State = undefined,
    Takes extends string | undefined = undefined,
    Gives extends string | undefined = undefined,
  >(
    options: Unschooled & Packed<Takes, Gives> & { readonly bind: true; readonly base?: Base<State> },
    fn: (self: Self<State>, ...args: Params) => Result,
  ): PackedTask<(...args: Params) => Result, Takes, Gives>
  <Fn extends AnyFunction>(name: string, fn: Fn): Task<Fn>
  <
    Fn extends AnyFunction,
    Takes extends string | undefined = undefined,
    Gives extends string | undefined = undefined,
  >(
    options: Unschooled & Packed<Takes, Gives> & { readonly bind?: false },
    fn: Fn,
  ): PackedTask<Fn, Takes, Gives>
  // Takes no function but one of type `any`, of which nothing is known: the compiler tells of the last that could be meant, and
  // this one knows every option, with `bind` or without.
  (options: TaskOptions, fn: AnyFunction & { readonly 'these options want another function': never }): AnyTask
  <Fn extends AnyFunction>(fn: Fn): Task<Fn>
}

/** The function and the options among the arguments of a `TaskMaker`. */
export function declared(given: readonly unknown[]): { fn: AnyFunction; options: TaskOptions } {
  const fn = given.at(-1) as AnyFunction
  const first = given.length > 1 ? given[0] : {}
  return { fn, options: (typeof first === 'string' ? { name: first } : first) as TaskOptions }
}

/**
 * The task an app hands out. `fn` is what a plain call runs; for a bound task, whoever calls this has put the running task
 * in front of it. The user's own function is never changed.
 */
export function makeTask<Fn extends AnyFunction>(
  home: Home,
  name: string,
  options: TaskOptions,
  fn: Fn,
): Task<Fn> {
  const draw = (
    args: readonly unknown[],
    kwargs?: KeywordArguments,
    immutable?: boolean,
  ): Signature<unknown> => new Signature(taskNode(name, args, kwargs, immutable), home)
  const face = {
    options: Object.freeze({ ...options }),
    s: (...args: readonly unknown[]) => draw(args),
    si: (...args: readonly unknown[]) => draw(args, NO_KWARGS, true),
    signature: (args: readonly unknown[] = NO_ARGS, options: LaunchOptions = {}) => {
      const { kwargs, ...others } = optionsFor('signature', options)
      return draw(args, kwargs).set(others)
    },
    delay: async (...args: readonly unknown[]) => draw(args).delay(),
    applyAsync: async (args = NO_ARGS, others: LaunchOptions = {}) => draw(args).applyAsync([], others),
    run: async (...args: readonly unknown[]) => draw(args).run(),
    apply: async (...args: readonly unknown[]) => draw(args).apply(),
    map: (items: Iterable<unknown>) => new Signature(mapNode('map', name, items), home),
    starmap: (items: Iterable<unknown>) => new Signature(mapNode('starmap', name, items), home),
    chunks: (items: Iterable<unknown>, size: number) => new Signature(chunksNode(name, items, size), home),
  } satisfies Record<Exclude<keyof TaskFace<[], unknown>, 'name'>, unknown>
  const call = (...args: readonly unknown[]): unknown => fn(...(args as never))
  const shown = (): string => `Task<${name}>`
  Object.defineProperties(call, {
    name: { value: name },
    toString: { value: shown },
    [inspect.custom]: { value: shown },
  })
  return Object.freeze(Object.assign(call, face)) as unknown as Task<Fn>
}

function mapNode(kind: 'map' | 'starmap', task: string, items: Iterable<unknown>): MapNode {
  return Object.freeze({
    kind,
    task: taskNode(task),
    items: itemsOf(items, `${task}.${kind}`),
    options: NO_OPTIONS,
  })
}

function chunksNode(task: string, items: Iterable<unknown>, size: number): ChunksNode {
  if (!Number.isInteger(size) || size < 1) {
    throw new ArpeggioError(
      'option-invalid',
      `${task}.chunks cannot make chunks of ${size} items. Give a whole number from 1.`,
    )
  }
  const captured = itemsOf(items, `${task}.chunks`)
  return Object.freeze({ kind: 'chunks', task: taskNode(task), items: captured, size, options: NO_OPTIONS })
}

function itemsOf(items: Iterable<unknown>, taker: string): readonly unknown[] {
  if (typeof items === 'object' && items !== null && Symbol.iterator in items) return captureArgs([...items])
  throw new ArpeggioError(
    'option-invalid',
    `${taker} takes a list of items, and was given ${show(items)}. Give a list.`,
  )
}
