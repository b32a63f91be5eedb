import { type JsonObject, thaw } from '../model/json.ts'
import type { CallMessage } from '../model/message.ts'
import type { TaskContext } from './context.ts'
import type { Attempt, Ended } from './ended.ts'
import { returnedBy, tellHandlers } from './handlers.ts'
import { outcomeOfThrown, outcomeOfValue } from './outcome-of.ts'
import { tellStarted } from './started.ts'
import type { Registry, TaskDefinition } from './task.ts'
import { limited } from './time-limit.ts'

/** One attempt at a task, with all that is done and told around it. It never throws. */
export async function attemptAt(
  task: TaskDefinition,
  message: CallMessage,
  context: TaskContext,
  rules: TaskDefinition,
  registry: Registry,
): Promise<Attempt> {
  const { stopwatch, hear } = context.world
  if (rules.trackStarted) await tellStarted(message, context.world)
  hear('task-prerun', () => ({ request: context.request }))
  const started = stopwatch.now()
  const ended = await run(task, message, context, registry)
  const durationMs = stopwatch.now() - started
  await tellHandlers(task.handlers, context, ended)
  hear('task-postrun', () => ({ request: context.request, state: returnedBy(ended).state, durationMs }))
  return { ...ended, durationMs }
}

async function run(
  task: TaskDefinition,
  message: CallMessage,
  context: TaskContext,
  registry: Registry,
): Promise<Ended> {
  try {
    const args = message.args.map(thaw)
    const kwargs = thaw(message.kwargs) as JsonObject
    const value = await limited(context.world.stopwatch, message, context, async () => {
      if (task.handlers.beforeStart) await task.handlers.beforeStart(context)
      return task.run(args, kwargs, context)
    })
    if (context.retrying !== null) return outcomeOfThrown(context.retrying, task, message, registry)
    return outcomeOfValue(value, context.added, task, message)
  } catch (thrown) {
    return outcomeOfThrown(thrown, task, message, registry)
  }
}
