import type { CallMessage } from '../model/message.ts'
import { newArguments, outcomeOfValue } from '../runtime/attempts/outcome-of.ts'
import type { TaskContext } from '../runtime/tasks/context.ts'
import { Ignore, Reject, Replace, Retry, Unfit } from '../runtime/tasks/control.ts'
import type { ErrorClass } from '../runtime/tasks/error-record.ts'
import type { TaskDefinition } from '../runtime/tasks/task.ts'
import type { Came } from './talk.ts'
import { packThrown, unpackThrown } from './thrown.ts'

/** In the thread: what a function gave. A value that cannot travel is refused here, where it can still be read. */
export function cameOfValue(
  value: unknown,
  context: TaskContext,
  task: TaskDefinition,
  message: CallMessage,
): Came {
  if (context.retrying !== null) return cameOfThrown(context.retrying, task, message)
  const { outcome, error } = outcomeOfValue(value, context.added, task, message)
  if (outcome.kind !== 'success') return { kind: 'unfit', thrown: packThrown(error) }
  return { kind: 'value', value: outcome.value, added: context.added }
}

/** In the thread: what a function threw. */
export function cameOfThrown(thrown: unknown, task: TaskDefinition, message: CallMessage): Came {
  if (thrown instanceof Ignore) return { kind: 'ignore', why: thrown.message }
  if (thrown instanceof Reject) return { kind: 'reject', why: thrown.message, requeue: thrown.requeue }
  if (thrown instanceof Replace) return { kind: 'replace', by: thrown.by, input: thrown.input }
  if (thrown instanceof Retry) return retryOf(thrown, task, message)
  return { kind: 'thrown', thrown: packThrown(thrown) }
}

function retryOf({ options }: Retry, task: TaskDefinition, message: CallMessage): Came {
  const { error, args, kwargs, ...others } = options
  try {
    const packed = {
      ...others,
      ...(args !== undefined && { args: newArguments(args, 'args', message, task) as readonly unknown[] }),
      ...(kwargs !== undefined && { kwargs: newArguments(kwargs, 'kwargs', message, task) as object }),
    } as Extract<Came, { kind: 'retry' }>['options']
    return { kind: 'retry', options: packed, error: error === undefined ? null : packThrown(error) }
  } catch (refusal) {
    return { kind: 'unfit', thrown: packThrown(refusal) }
  }
}

/** In the worker: gives or throws what the function did, and does to the context what it did to its own. */
export function happenAgain(
  came: Came,
  context: TaskContext,
  classes: ReadonlyMap<string, ErrorClass>,
): unknown {
  switch (came.kind) {
    case 'value':
      for (const compiled of came.added) context.addToChord({ toPlan: () => compiled })
      return came.value
    case 'thrown':
      throw unpackThrown(came.thrown, classes)
    case 'unfit':
      throw new Unfit(unpackThrown(came.thrown, classes))
    case 'ignore':
      throw new Ignore(came.why)
    case 'reject':
      throw new Reject(came.why, { requeue: came.requeue })
    case 'retry': {
      const { options, error } = came
      throw new Retry(error === null ? options : { ...options, error: unpackThrown(error, classes) })
    }
    case 'replace':
      throw new Replace(came.by, came.input)
  }
}
