import { ArpeggioError, checkOptions, KINDS, type OptionKind, show } from '@arpeggio/core'
import type { Home } from './house/home.ts'
import { fromCelery, kindNamed } from './json/json.ts'
import { captureArgs, captureKwargs, NO_ARGS, NO_KWARGS } from './node/capture.ts'
import { NO_OPTIONS, type Node, type TaskNode } from './node/node.ts'
import type { LaunchOptions } from './node/options.ts'
import { optionsFor, withOptions } from './node/with-options.ts'
import { type AnySignature, Signature } from './signature.ts'

/** What a signature by name may say. */
export interface SignatureDetails {
  readonly args?: readonly unknown[] | undefined
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
  readonly options?: Omit<LaunchOptions, 'kwargs'> | undefined
  /** Whether it drops the value of the step before. */
  readonly immutable?: boolean | undefined
}

/**
 * A signature of a task by its name, also of one that lives elsewhere: `signature('reports.render', { args: [1] }, app)`.
 * Or a signature from its JSON form, as a value or as text: `signature(json, app)`. Or one that exists already, at home
 * in another app. The compiler knows nothing of it: say what it gives and takes, `signature<Page, []>(json, app)`.
 */
export function signature<Out = unknown, In = readonly unknown[]>(
  task: string,
  details: SignatureDetails,
  app?: Home,
): Signature<Out, In>
export function signature<Out = unknown, In = readonly unknown[]>(
  given: object | string,
  app?: Home,
): Signature<Out, In>
export function signature(
  given: object | string,
  second?: SignatureDetails | Home,
  third?: Home,
): AnySignature {
  const app = isHome(second) ? second : third
  const details = isHome(second) ? undefined : second
  if (app !== undefined && !isHome(app)) throw notAnApp(app)
  const isNamed = typeof given === 'string' && !JSON_TEXT.test(given)
  if (!isNamed && details !== undefined) throw notAnApp(details)
  if (given instanceof Signature) return app === undefined ? given : new Signature(given.node, app)
  if (!isNamed) return new Signature(fromCelery(given), app ?? null)
  return named(given, details, app ?? null)
}

function named(given: string, details: SignatureDetails = {}, app: Home | null): AnySignature {
  checkName(given)
  checkOptions(details, DETAILS, `the signature of ${given}`)
  const { args, kwargs, options, immutable } = details
  const node = taskNode(given, args, kwargs, immutable)
  return new Signature(
    options === undefined ? node : withOptions(node, optionsFor('signature', options)),
    app,
  )
}

/** A text that is JSON, or begins like it. Only an object is a signature, but `null` and `5` are no names of tasks either. */
const JSON_TEXT = /^\s*(?:[{["]|(?:null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$)/

const DETAILS: Record<keyof SignatureDetails, OptionKind> = {
  args: KINDS.anything,
  kwargs: KINDS.anything,
  options: KINDS.anything,
  immutable: KINDS.flag,
}

/** The node of one call, with copies of its arguments. */
export function taskNode(
  task: string,
  args: readonly unknown[] = NO_ARGS,
  kwargs: Readonly<Record<string, unknown>> = NO_KWARGS,
  immutable = false,
): TaskNode {
  return Object.freeze({
    kind: 'task',
    task,
    args: captureArgs(args),
    kwargs: kwargs === NO_KWARGS ? NO_KWARGS : captureKwargs(kwargs),
    options: NO_OPTIONS,
    immutable,
  })
}

function checkName(name: string): void {
  if (name === '') {
    throw new ArpeggioError(
      'signature-invalid',
      'A signature was asked for with an empty text. Give the name of a task, or a signature in its JSON form.',
    )
  }
  const kind = kindNamed(name)
  if (kind !== 'task') {
    throw new ArpeggioError(
      'signature-invalid',
      `${name} is a canvas, and no task to be called by its name. Write ${HOW_TO_DRAW[kind]}, or give its whole JSON form.`,
    )
  }
}

const HOW_TO_DRAW: Record<Exclude<Node['kind'], 'task'>, string> = {
  chain: 'chain(...steps)',
  group: 'group(members)',
  chord: 'chord(header, body)',
  map: 'task.map(items)',
  starmap: 'task.starmap(items)',
  chunks: 'task.chunks(items, size)',
}

function isHome(value: SignatureDetails | Home | undefined): value is Home {
  return typeof value === 'object' && value !== null && 'launch' in value
}

function notAnApp(given: unknown): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `signature was given ${show(given)} where an app belongs. Write signature(json, app), or signature(name, { args }, app).`,
  )
}
