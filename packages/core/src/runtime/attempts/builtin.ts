import { ArpeggioError } from '../../model/errors.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import { didYouMean } from '../../model/nearest.ts'
import type { TaskContext } from '../tasks/context.ts'
import { PLAIN_TASK, type TaskDefinition } from '../tasks/task.ts'

/** Tasks that every app has, under Celery's names: what maps and empty groups are made of. */
export function builtInTasks(tasks: ReadonlyMap<string, TaskDefinition>): TaskDefinition[] {
  return [
    define('celery.accumulate', (args) => args),
    define('celery.map', (_args, kwargs, context) => mapWith(tasks, kwargs, context, (item) => [item])),
    define('celery.starmap', (_args, kwargs, context) => mapWith(tasks, kwargs, context, listed)),
  ]
}

function define(name: string, run: TaskDefinition['run']): TaskDefinition {
  return { ...PLAIN_TASK, name, run }
}

function listed(item: Json): readonly Json[] {
  if (Array.isArray(item)) return item as readonly Json[]
  const message = `starmap takes lists of arguments, and one of its items is ${JSON.stringify(item)}. Write [item], or use map.`
  throw new ArpeggioError('arguments-wrong', message)
}

/** Runs a task over each item, one after another, as part of this one task. */
async function mapWith(
  tasks: ReadonlyMap<string, TaskDefinition>,
  kwargs: JsonObject,
  context: TaskContext,
  spread: (item: Json) => readonly Json[],
): Promise<unknown[]> {
  const { task: inner, it } = kwargs as unknown as {
    task: { task: string; args: readonly Json[]; kwargs: JsonObject }
    it: readonly Json[]
  }
  const task = tasks.get(inner.task)
  if (task === undefined) {
    throw new ArpeggioError(
      'task-unknown',
      `No task named ${JSON.stringify(inner.task)} is registered here, so it cannot be mapped.${didYouMean(inner.task, [...tasks.keys()])} Register it in this worker's app.`,
    )
  }
  const values: unknown[] = []
  for (const item of it) values.push(await task.run([...spread(item), ...inner.args], inner.kwargs, context))
  return values
}
