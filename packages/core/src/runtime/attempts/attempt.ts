import type { Json, JsonObject } from '../../model/json.ts'
import type { CallMessage } from '../../model/message.ts'
import type { TaskContext } from '../tasks/context.ts'
import type { Attempt, Ended } from '../tasks/ended.ts'
import { hasAny, tellHandlers } from '../tasks/handlers.ts'
import { type Packer, PLAIN_PACKER } from '../tasks/packer.ts'
import { returnedBy } from '../tasks/returned.ts'
import type { Registry, TaskDefinition } from '../tasks/task.ts'
import { outcomeOfThrown, outcomeOfValue } from './outcome-of.ts'
import { tellStarted } from './started.ts'
import { limited } from './time-limit.ts'

/**
 * One attempt at a task, with all that is done and told around it. It never throws, and it waits for nothing that need not
 * be waited for: each promise costs more than a task that does little.
 */
export async function attemptAt(
  task: TaskDefinition,
  message: CallMessage,
  context: TaskContext,
  rules: TaskDefinition,
  registry: Registry,
): Promise<Attempt> {
  const { stopwatch, hear } = context.world
  if (rules.trackStarted) await tellStarted(context)
  hear('task-prerun', () => ({ request: context.request }))
  let started = stopwatch.now()
  let ended: Ended
  try {
    if (task.lane !== undefined) {
      await task.lane.enter(context)
      started = stopwatch.now()
    }
    const call = callOf(task, message, context)
    const returned = limited(context.world, message, context, () => run(task, call, context))
    const value = isThenable(returned) ? await returned : returned
    ended =
      context.retrying === null
        ? outcomeOfValue(value, context.added, task, message, rules)
        : outcomeOfThrown(context.retrying, task, message, registry)
  } catch (thrown) {
    ended = outcomeOfThrown(thrown, task, message, registry)
  }
  task.lane?.leave(context)
  const { outcome, error } = ended
  const durationMs = stopwatch.now() - started
  if (hasAny(task.handlers)) await tellHandlers(task.handlers, task.packer, context, ended)
  context.end()
  hear('task-postrun', () => ({ request: context.request, state: returnedBy(ended).state, durationMs }))
  return { outcome, error, durationMs }
}

/** What it is given. An errback is called also with what nobody here can unpack: that may be what went wrong. */
export function given({ packer }: TaskDefinition, message: CallMessage): Given {
  try {
    return openedBy(packer, message)
  } catch (error) {
    if (!message.aside) throw error
    return openedBy(PLAIN_PACKER, message)
  }
}

function openedBy({ open }: Packer, { args, kwargs }: CallMessage): Given {
  return { args: args.map((arg) => open(arg) as Json), kwargs: open(kwargs) as JsonObject }
}

/** What a function is called with. */
type Given = Pick<CallMessage, 'args' | 'kwargs'>

/** How its function is called. Where it runs elsewhere, arguments are opened there and not here. */
function callOf(task: TaskDefinition, message: CallMessage, context: TaskContext): () => unknown {
  const { lane } = task
  if (lane !== undefined) return () => lane.run(context)
  const { args, kwargs } = given(task, message)
  return () => task.run(args, kwargs, context)
}

function run({ handlers }: TaskDefinition, call: () => unknown, context: TaskContext): unknown {
  const { beforeStart } = handlers
  return beforeStart === undefined ? call() : Promise.resolve(beforeStart.call(handlers, context)).then(call)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
