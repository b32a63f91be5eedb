import { inspect } from 'node:util'
import {
  ArpeggioError,
  type AsyncResult,
  type Compiled,
  type Failure,
  type GroupResult,
  type Plannable,
  type Site,
  show,
} from '@arpeggio/core'
import { drawDot } from './draw/dot.ts'
import { drawMermaid } from './draw/mermaid.ts'
import { drawText } from './draw/text.ts'
import { currentApp } from './house/current-app.ts'
import type { Home } from './house/home.ts'
import { isTaskless, nowhere } from './house/nowhere.ts'
import { type CelerySignature, stringify, toCelery } from './json/json.ts'
import { captureArgs, captureKwargs, NO_ARGS, NO_KWARGS } from './node/capture.ts'
import { equal, fingerprint } from './node/equal.ts'
import { addKwargs, fill } from './node/fill.ts'
import { Growing, grow } from './node/growing.ts'
import type { Node } from './node/node.ts'
import type { LaunchOptions, SetOptions } from './node/options.ts'
import { optionsFor, withOptions } from './node/with-options.ts'
import type { AnyStep, Asked, Callbacks, Edges, Gives, Last, Step, Takes } from './typing/edges.ts'
import type { Missing, Owing, Suffix, WithKwargs } from './typing/missing.ts'

/**
 * A canvas that can be composed, kept, drawn and sent: a frozen skin over a node. `Out` is what it gives, `In` the
 * argument lists that may still be put in front. Every method gives a new signature; operands stay as they are.
 * It is never thenable.
 */
export class Signature<out Out, in In = []> implements Step<Out, In>, Plannable {
  declare readonly '~gives': Out
  declare readonly '~takes': (input: In) => void
  /** What was drawn. */
  declare readonly node: Node
  readonly #drawn: Node | Growing
  readonly #home: Home | null

  /** A line that is still growing is joined when somebody looks at its node. */
  constructor(drawn: Node | Growing, home: Home | null) {
    if (drawn instanceof Growing)
      Object.defineProperty(this, 'node', { get: () => drawn.node, enumerable: true })
    else this.node = drawn
    this.#drawn = drawn
    this.#home = home
    Object.freeze(this)
  }

  /** `this | a | b | …`: each step takes what the one before gives. The compiler checks every edge. */
  pipe<const Steps extends readonly AnySignature[]>(
    ...steps: Edges<Steps, [this, ...Steps]>
  ): Rebuilt<Last<Steps, this>, In>
  pipe(...steps: readonly AnySignature[]): AnySignature {
    if (steps.length === 0) return this
    return Signature.join(grow(this.#drawn, nodesOf(steps, 'pipe')), [this, ...steps])
  }

  /** Sets options of this canvas as a whole. Newer ones win; `undefined` says nothing. */
  set<This extends AnyStep>(
    this: This,
    options: SetOptions & { readonly immutable: true },
  ): Rebuilt<This, unknown>
  set(options: SetOptions): this
  set(options: SetOptions): AnySignature {
    return this.#rebuilt(withOptions(this.node, optionsFor('set', options)))
  }

  /** Adds keyword arguments: a TypeScript task receives them as one last object. A canvas gives them to its entry. */
  kw<This extends AnyStep, Kwargs extends KeywordArguments>(
    this: This,
    kwargs: Kwargs,
  ): Rebuilt<This, WithKwargs<Takes<This>, Kwargs>>
  kw(kwargs: KeywordArguments): AnySignature {
    return this.#rebuilt(addKwargs(this.node, captureKwargs(kwargs)))
  }

  /** What takes this canvas's value once it has succeeded as a whole; also when it is composed further afterwards. */
  link<const Steps extends readonly AnySignature[]>(...callbacks: Callbacks<Out, Steps>): this
  link(...callbacks: readonly AnySignature[]): AnySignature {
    nodesOf(callbacks, 'link')
    return Signature.join(withOptions(this.node, { link: callbacks }), [this, ...callbacks])
  }

  /** What runs, once, when this canvas fails: an errback takes the failure in front, an immutable one nothing. */
  linkError<const Steps extends readonly AnySignature[]>(...errbacks: Callbacks<Failure, Steps>): this
  linkError(...errbacks: readonly AnySignature[]): AnySignature {
    return this.#withErrbacks(errbacks, 'linkError')
  }

  /** The same as `linkError`: Celery has both. */
  onError<const Steps extends readonly AnySignature[]>(...errbacks: Callbacks<Failure, Steps>): this
  onError(...errbacks: readonly AnySignature[]): AnySignature {
    return this.#withErrbacks(errbacks, 'onError')
  }

  /** Gives it some of the arguments it still misses (in front of those it has), keyword arguments and options. */
  clone(): this
  clone<This extends AnyStep, Given extends Suffix<Takes<This>>, Kwargs extends KeywordArguments = never>(
    this: This,
    args: readonly [...Given],
    kwargs?: Kwargs,
    options?: SetOptions,
  ): Rebuilt<This, WithKwargs<Missing<Takes<This>, Given>, Kwargs>>
  clone(
    args: readonly unknown[] = NO_ARGS,
    kwargs: KeywordArguments = NO_KWARGS,
    options: SetOptions = {},
  ): AnySignature {
    const filled = fill(this.node, captureArgs(args), captureKwargs(kwargs))
    return this.#rebuilt(withOptions(filled, optionsFor('clone', options)))
  }

  /** Marks every message of this canvas; newer stamps win over older ones of the same name. */
  stamp(stamps: KeywordArguments): this {
    return this.set({ stamps })
  }

  /** Sends it, with exactly the arguments it still misses. It is published when the handle is there. */
  delay(...missing: Asked<In>): Promise<AsyncResult<Out>>
  async delay(...missing: readonly unknown[]): Promise<AsyncResult<unknown>> {
    return this.#needHome().launch(fill(this.node, captureArgs(missing), NO_KWARGS))
  }

  /** `delay` with options, and with the missing arguments as a list. */
  applyAsync(args: readonly [...Asked<In>], options?: LaunchOptions): Promise<AsyncResult<Out>>
  applyAsync(this: Step<unknown, []>): Promise<AsyncResult<Out>>
  applyAsync<Args, Kwargs>(
    this: Step<unknown, Owing<Args, Kwargs>>,
    args: readonly [...Asked<Args>],
    options: LaunchOptions & { readonly kwargs: Kwargs },
  ): Promise<AsyncResult<Out>>
  async applyAsync(
    args: readonly unknown[] = NO_ARGS,
    options: LaunchOptions = {},
  ): Promise<AsyncResult<unknown>> {
    const { kwargs = NO_KWARGS, ...others } = optionsFor('applyAsync', options)
    const filled = fill(this.node, captureArgs(args), captureKwargs(kwargs))
    return this.#needHome().launch(withOptions(filled, others))
  }

  /** `delay`, then the value. */
  async run(...missing: Asked<In>): Promise<Out> {
    const result = await this.delay(...missing)
    return result.get()
  }

  /** Runs the whole canvas here and now, eagerly, in virtual time. */
  apply(...missing: Asked<In>): Promise<AsyncResult<Out>>
  async apply(...missing: readonly unknown[]): Promise<AsyncResult<unknown>> {
    return this.#needHome().apply(fill(this.node, captureArgs(missing), NO_KWARGS))
  }

  /** What it means, for a running task that it replaces or is added to. */
  toPlan(site: Site): Compiled {
    return this.#needHome().compile(this.node, site)
  }

  /** Celery's JSON form, for `JSON.stringify`. */
  toJSON(): CelerySignature {
    return toCelery(this.node)
  }

  /** `JSON.stringify` for canvases of any depth. */
  stringify(): string {
    return stringify(this.node)
  }

  /** One line of text: `fetchPage('u') | parsePage()`. */
  toString(): string {
    return drawText(this.node)
  }

  /** A Mermaid flowchart. */
  toMermaid(): string {
    return drawMermaid(this.node)
  }

  /** A Graphviz digraph. */
  toDot(): string {
    return drawDot(this.node)
  }

  /** A short text that equal canvases have in common, here and in every other process. */
  get fingerprint(): string {
    return fingerprint(this.node)
  }

  /** Whether it is the same drawing. */
  equals(other: AnySignature): boolean {
    return other instanceof Signature && equal(this.node, other.node)
  }

  #withErrbacks(errbacks: readonly AnySignature[], taker: string): AnySignature {
    nodesOf(errbacks, taker)
    return Signature.join(withOptions(this.node, { linkError: errbacks }), [this, ...errbacks])
  }

  #rebuilt(node: Node): AnySignature {
    return node === this.node ? this : new Signature(node, this.#home)
  }

  #needHome(): Home {
    if (this.#home !== null) return this.#home
    if (isTaskless(this.node)) return nowhere
    throw new ArpeggioError(
      'app-missing',
      `${drawText(this.node)} belongs to no app, so nobody can run it. Pass the app: signature(json, app), or signature(name, app).`,
    )
  }

  /** Where a signature can be sent; null if nobody said so. */
  static homeOf(signature: AnySignature): Home | null {
    return signature.#home
  }

  /** A signature of a node that was made of others: it is at home where the first of them is that has a home of its own. */
  static join(drawn: Node | Growing, operands: readonly AnySignature[]): Signature<never, unknown> {
    const settled = operands.find((operand) => operand.#home !== null && operand.#home !== currentApp)
    const shared = settled ?? operands.find((operand) => operand.#home !== null)
    return new Signature(drawn, shared === undefined ? null : shared.#home)
  }
}

/** How consoles show it; as a member of the class its declaration would need inference. */
Object.defineProperty(Signature.prototype, inspect.custom, {
  value(this: AnySignature): string {
    return this.toString()
  },
})

/** Arguments by name. */
export type KeywordArguments = Readonly<Record<string, unknown>>

/** Any signature whatever. */
export type AnySignature = Signature<unknown, never>

/** A signature whose value is a list with one value per member: its handle has a result for each. */
export interface Group<out Out extends readonly unknown[], in In = []> extends Signature<Out, In>, Grouped {
  delay(...missing: Asked<In>): Promise<GroupResult<Out>>
  applyAsync(args: readonly [...Asked<In>], options?: LaunchOptions): Promise<GroupResult<Out>>
  applyAsync(this: Step<unknown, []>): Promise<GroupResult<Out>>
  applyAsync<Args, Kwargs>(
    this: Step<unknown, Owing<Args, Kwargs>>,
    args: readonly [...Asked<Args>],
    options: LaunchOptions & { readonly kwargs: Kwargs },
  ): Promise<GroupResult<Out>>
  apply(...missing: Asked<In>): Promise<GroupResult<Out>>
}

interface Grouped {
  /** For the compiler only: tells a group from other canvases that give a list. */
  readonly '~group': true
}

/** Any group whatever. */
export type AnyGroup = Group<readonly unknown[], never>

/** What gives the same as `Like`, and is a group if that is one, but takes `In`. */
export type Rebuilt<Like extends AnyStep, In> = Like extends Grouped
  ? Group<Extract<Gives<Like>, readonly unknown[]>, In>
  : Signature<Gives<Like>, In>

/** The nodes of signatures; where something else was given, an error that says what to do. */
export function nodesOf(signatures: readonly unknown[], taker: string): Node[] {
  return signatures.map((signature) => {
    if (signature instanceof Signature) return signature.node
    throw new ArpeggioError(
      'signature-invalid',
      `${taker} takes signatures, and was given ${show(signature)}. A task makes a signature with .s().`,
    )
  })
}
