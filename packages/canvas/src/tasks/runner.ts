import type { TaskContext, TaskDefinition } from '@arpeggio/core'
import type { AnyFunction, TaskOptions } from '../task.ts'
import { argumentsBy, next, resultBy, type TaskSchema } from './schema.ts'

/** A function of what it was given. */
type Call = (...args: readonly unknown[]) => unknown

/** The running task goes in front where it is asked for, keyword arguments go last, as one object. */
export function runnerOf(
  fn: AnyFunction,
  task: string,
  { bind, schema }: TaskOptions,
): TaskDefinition['run'] {
  const call = fn as Call
  if (schema !== undefined) return between(schema, task, bind ? call : (_self, ...args) => call(...args))
  if (bind) {
    return (args, kwargs, context) =>
      hasKeys(kwargs) ? call(context, ...args, kwargs) : call(context, ...args)
  }
  return (args, kwargs) => (hasKeys(kwargs) ? call(...args, kwargs) : call(...args))
}

/** Between its schemas: they see what comes, and what goes. */
function between(schema: TaskSchema, task: string, call: Call): TaskDefinition['run'] {
  return (args, kwargs, context: TaskContext) => {
    const given = hasKeys(kwargs) ? [...args, kwargs] : args
    const value = next(argumentsBy(schema, task, given), (made) => call(context, ...made))
    return next(value, (value) => resultBy(schema, task, value))
  }
}

function hasKeys(kwargs: object): boolean {
  for (const _key in kwargs) return true
  return false
}
