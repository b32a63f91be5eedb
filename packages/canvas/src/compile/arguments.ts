import {
  ArpeggioError,
  type ErrorCode,
  type Json,
  type JsonObject,
  JsonRefusal,
  LIMITS,
  type Packer,
  type Packing,
  PLAIN_PACKER,
  packEach,
  shortenEach,
  show,
  sizeOfJson,
} from '@arpeggio/core'
import { isMap } from '../node/mapping.ts'
import type { ChordNode, ChunksNode, MapNode, Node, TaskNode } from '../node/node.ts'

/** What a call sends, as JSON, and how large it is. */
export interface Arguments {
  readonly args: readonly Json[]
  readonly kwargs: JsonObject
  readonly bytes: number
}

/** Something about a canvas that will not work, and where. */
export interface Problem {
  readonly code: ErrorCode
  /** The way to it from the canvas, such as `steps[2].args[0].when`. */
  readonly path: string
  readonly message: string
  /** What was thrown, where a value could not be read. */
  readonly cause?: unknown
}

/** The arguments of a call as they will travel, or why they cannot. */
export function readArguments(
  node: TaskNode,
  packing: Packing = PLAIN,
  packer: Packer = PLAIN_PACKER,
): Arguments | Problem {
  try {
    return packArguments(node, packing, packer)
  } catch (error) {
    if (!(error instanceof ArpeggioError) || error.code !== 'serializer-unknown') throw error
    return { code: error.code, path: 'options.serializer', message: `${node.task}: ${error.message}` }
  }
}

const PLAIN: Packing = Object.freeze({})

function packArguments(node: TaskNode, packing: Packing, packer: Packer): Arguments | Problem {
  const args = packEach(withoutTrailingUndefined(node.args), 'args', packing, packer)
  if (args instanceof JsonRefusal) return refused(node, args)
  const kwargs = packKwargs(node, packing, packer)
  if (kwargs instanceof JsonRefusal) return refused(node, kwargs)
  const bytes = sizeOfJson(args) + sizeOfJson(kwargs)
  if (bytes > LIMITS.valueBytes) {
    const message = `The arguments of ${node.task} have ${bytes} bytes, more than the ${LIMITS.valueBytes} they may have. Store the data elsewhere and send where.`
    return { code: 'limit-exceeded', path: 'args', message }
  }
  if (packing.compression === undefined) return { args: args as readonly Json[], kwargs, bytes }
  return shortened({ args: args as readonly Json[], kwargs, bytes }, isMap(node.task), packing, packer)
}

/** What maps a task is known by the task's name, so that stays in the open. */
function packKwargs({ task, kwargs }: TaskNode, packing: Packing, packer: Packer): JsonObject | JsonRefusal {
  if (!isMap(task) || packing.serializer === undefined)
    return packEach(kwargs, 'kwargs', packing, packer) as JsonObject | JsonRefusal
  const { it, task: mapped } = kwargs as unknown as Mapping
  const parts = {
    it: packer.pack(it, 'kwargs.it', packing),
    args: packEach(mapped.args, 'kwargs.task.args', packing, packer),
    kwargs: packEach(mapped.kwargs, 'kwargs.task.kwargs', packing, packer),
  }
  const refusal = Object.values(parts).find((part) => part instanceof JsonRefusal)
  if (refusal instanceof JsonRefusal) return refusal
  const { it: items, ...given } = parts as Record<string, Json>
  return Object.freeze({
    it: items as Json,
    task: Object.freeze({ task: mapped.task, ...(given as JsonObject) }),
  })
}

/** The kwargs of what maps a task. */
interface Mapping {
  readonly it: readonly unknown[]
  readonly task: Pick<TaskNode, 'task' | 'args' | 'kwargs'>
}

function shortened(
  { args, kwargs }: Arguments,
  isMapped: boolean,
  packing: Packing,
  packer: Packer,
): Arguments {
  const shortArgs = shortenEach(args, packing, packer) as readonly Json[]
  const shortKwargs = isMapped
    ? Object.freeze({ ...kwargs, it: packer.shorten(kwargs['it'] as Json, packing) })
    : (shortenEach(kwargs, packing, packer) as JsonObject)
  return { args: shortArgs, kwargs: shortKwargs, bytes: sizeOfJson(shortArgs) + sizeOfJson(shortKwargs) }
}

/**
 * Why a call has too many arguments, if it has. `most` is how many its task takes, if that is known; when the call
 * follows something, the value of that is put in front. A task that names nothing and is given nothing but that may
 * leave it unread: nothing of its own is pushed out of its place.
 */
export function arityProblem(node: TaskNode, most: number | null, follows: boolean): Problem | null {
  if (most === null) return null
  const own = withoutTrailingUndefined(node.args).length + asArgument(node.kwargs)
  const before = follows && !node.immutable && own > 0 ? 1 : 0
  const given = before + own
  if (given <= most) return null
  const [counted, advice] =
    before === 0 ? ['', ''] : [', the value before it included', ', drop that value with .si()']
  const message = `${takesAtMost(node.task, most)} and was given ${given}${counted}. ${LEAVE_OUT}${advice}${OR_ANY}`
  return { code: 'arguments-wrong', path: 'args', message }
}

/** The first item that a mapped task cannot take, if there is one. */
export function mappedProblem(
  { kind, task, items }: MapNode | ChunksNode,
  most: number | null,
): Problem | null {
  if (most === null) return null
  const own = task.args.length + asArgument(task.kwargs)
  for (const [i, item] of items.entries()) {
    const path = `items[${i}]`
    if (kind !== 'map' && !Array.isArray(item)) {
      const message = `A ${kind === 'chunks' ? 'chunk' : kind} of ${task.task} takes lists of arguments, and one of its items is ${show(item)}. Write [item], or use map.`
      return { code: 'arguments-wrong', path, message }
    }
    const given = own + (kind === 'map' ? 1 : (item as readonly unknown[]).length)
    if (given <= most) continue
    const message = `${takesAtMost(task.task, most)} and was given ${given} for ${path} of its ${kind}. ${LEAVE_OUT}${OR_ANY}`
    return { code: 'arguments-wrong', path, message }
  }
  return null
}

const LEAVE_OUT = 'Leave out what it does not name'
const OR_ANY = ', or declare it with { typing: false }.'

function takesAtMost(task: string, most: number): string {
  return `${task} takes ${most} argument${most === 1 ? '' : 's'} at most`
}

/** Keyword arguments arrive as one last object. */
function asArgument(kwargs: Readonly<Record<string, unknown>>): number {
  return Object.keys(kwargs).length > 0 ? 1 : 0
}

/** As in a plain call, an optional argument that is left out and one that is undefined are the same. */
function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let count = args.length
  while (count > 0 && args[count - 1] === undefined) count--
  return count === args.length ? args : args.slice(0, count)
}

function refused(node: TaskNode, { path, reason, ...thrown }: JsonRefusal): Problem {
  const message = `${node.task}: ${path} ${reason}. Arguments and results travel as JSON: send plain data, or name a serializer that takes more.`
  return { code: 'value-not-json', path, message, ...thrown }
}

export function problemError({ code, message, ...thrown }: Problem): ArpeggioError {
  return new ArpeggioError(code, message, thrown)
}

/** Why a node inside a canvas cannot name a run, if it does. */
export function innerNameProblem({ kind, options }: Node): Problem | null {
  const { taskId, idempotencyKey } = options
  if (taskId === undefined && idempotencyKey === undefined) return null
  const [name, value] = taskId === undefined ? ['idempotencyKey', idempotencyKey] : ['taskId', taskId]
  const message = `A ${kind} inside a canvas has the ${name} ${JSON.stringify(value)}. Only a whole canvas can have one: the ids of its nodes are made from it.`
  return { code: 'option-invalid', path: `options.${name}`, message }
}

/** Why a node inside a canvas cannot have a deadline. */
export function innerDeadline(node: Node): Problem {
  const message = `A ${node.kind} inside a canvas has a deadline. Only a whole canvas can have one, for all of its run: set it on what is sent, or give this ${node.kind} a timeLimit or expires.`
  return { code: 'option-invalid', path: 'options.deadline', message }
}

/** Why a chord can never reach its quorum, if it cannot. */
export function quorumProblem({ policy, header }: ChordNode): Problem | null {
  if (typeof policy !== 'object' || policy.quorum <= header.length) return null
  const message = `A quorum of ${policy.quorum} can never be reached by ${header.length} member${header.length === 1 ? '' : 's'}. Ask for ${header.length} at most.`
  return { code: 'option-invalid', path: 'policy', message }
}
