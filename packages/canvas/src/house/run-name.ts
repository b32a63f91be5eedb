import {
  ArpeggioError,
  type Call,
  checkRunId,
  LIMITS,
  newRunId,
  type Plan,
  runIdFor,
  show,
} from '@arpeggio/core'
import type { Node } from '../node/node.ts'

/** The id of the run that a canvas becomes, and the key that the id is made of, if one is. */
export interface RunName {
  readonly id: string
  readonly key: string | null
}

/** What a task says of the key of a call. */
export type KeyOf = (call: Call) => unknown

/**
 * How a canvas names its run: by an id, or by a key that means the same run whenever it is sent. If it says nothing, and is
 * one call of a task that makes keys of its arguments, that says it; else the id is new.
 */
export function runNameOf(node: Node, plan: Plan, keyOf: (task: string) => KeyOf | null): RunName {
  const { taskId, idempotencyKey } = node.options
  if (taskId !== undefined) return { id: checkRunId(taskId), key: null }
  if (idempotencyKey !== undefined) return keyed(node, idempotencyKey)
  const made = node.kind === 'task' ? keyOf(node.task)?.(plan[0] as Call) : null
  if (made === null || made === undefined) return { id: newRunId(), key: null }
  if (typeof made === 'string' && made !== '' && made.length <= LIMITS.idCharacters) return keyed(node, made)
  throw new ArpeggioError(
    'option-invalid',
    `The idempotencyKey of this call of ${called(node)} is ${show(made)}. Give a text of 1 to ${LIMITS.idCharacters} characters, or null where it has none.`,
  )
}

/** The key belongs to a run of something else. */
export function keyTaken(key: string, cause: unknown): ArpeggioError {
  return new ArpeggioError(
    'id-taken',
    `The idempotencyKey ${show(key)} belongs to a run that was drawn otherwise. Give this canvas another key, or forget that run first.`,
    { cause },
  )
}

/** Equal keys of different tasks are different runs. */
function keyed(node: Node, key: string): RunName {
  return { id: runIdFor(called(node), key), key }
}

/** What is sent, in a word. Of a canvas only the kind: drawn otherwise under the same key, it shall not be run as well. */
function called(node: Node): string {
  switch (node.kind) {
    case 'task':
      return node.task
    case 'map':
    case 'starmap':
    case 'chunks':
      return `celery.${node.kind} ${node.task.task}`
    case 'chain':
    case 'group':
    case 'chord':
      return `celery.${node.kind}`
    default:
      return node satisfies never
  }
}
