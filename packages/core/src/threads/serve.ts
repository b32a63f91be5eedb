import { inspect } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import { systemClock } from '../memory/clock.ts'
import { ArpeggioError } from '../model/errors.ts'
import type { CallMessage } from '../model/message.ts'
import { given } from '../runtime/attempts/attempt.ts'
import { TaskContext, type TaskWorld, within } from '../runtime/tasks/context.ts'
import type { Logger } from '../runtime/tasks/logger.ts'
import { ruledBy } from '../runtime/tasks/rules.ts'
import type { Registry } from '../runtime/tasks/task.ts'
import { cameOfThrown, cameOfValue } from './came.ts'
import { Line } from './line.ts'
import { connect } from './stand-in.ts'
import type { Came, ToThread } from './talk.ts'
import { packThrown, unpackThrown } from './thrown.ts'

/** An app in a thread: its tasks, where they run, and what ends with the thread. */
export interface Tenant {
  readonly registry: Registry
  readonly world: TaskWorld
  /** Ends what its tasks share. */
  dispose(): Promise<void>
}

type Run = Extract<ToThread, { say: 'run' }>

/** In a thread: runs the tasks of an app, one at a time, as the worker at the other end of the port says. */
export function serve(port: MessagePort, { registry, world: home, dispose }: Tenant): void {
  const line = new Line(port, registry.errors)
  connect(home.backend, line)
  const world: TaskWorld = {
    ...home,
    logger: loggerOn(line),
    report: (problem, error) => line.say({ say: 'report', problem, why: packThrown(error) }),
    hear: () => {}, // the worker tells what happens
  }
  let context: TaskContext | null = null
  let running: Promise<void> = Promise.resolve()

  async function run({ message, deliveries, hostname }: Run): Promise<void> {
    line.say({ say: 'begun' }) // before anything is done for it that a thread may die of
    const came = await perform(message, deliveries, { ...world, hostname })
    context?.end()
    context = null
    try {
      line.say({ say: 'came', came })
    } catch (error) {
      // Something that was handed along as it is, such as a countdown, is nothing that can be copied.
      line.say({ say: 'came', came: { kind: 'unfit', thrown: packThrown(error) } })
    }
  }

  async function perform(message: CallMessage, deliveries: number, world: TaskWorld): Promise<Came> {
    const task = registry.tasks.get(message.task)
    if (task === undefined) return { kind: 'thrown', thrown: packThrown(unknownHere(message.task)) }
    try {
      const here = new TaskContext(message, ruledBy(message, registry) ?? task, deliveries, world)
      context = here
      const { args, kwargs } = given(task, message)
      const value = await within(here, () => task.run(args, kwargs, here))
      return cameOfValue(value, here, task, message)
    } catch (thrown) {
      return cameOfThrown(thrown, task, message)
    }
  }

  async function end(): Promise<void> {
    await running
    await dispose()
    process.exit()
  }

  port.on('message', (said: ToThread) => {
    switch (said.say) {
      case 'run':
        line.skewMs = said.now - systemClock.now()
        running = run(said)
        break
      case 'abort':
        context?.abort(unpackThrown(said.why, registry.errors))
        break
      case 'answer':
        line.answered(said.nth, said.value)
        break
      case 'refusal':
        line.refused(said.nth, said.why)
        break
      case 'news':
        line.heard(said.nth, said.news)
        break
      case 'end':
        void end()
        break
      default:
        said satisfies never
    }
  })
  line.say({ say: 'ready' })
}

/** Writes where the worker writes. What cannot be handed over is written as text. */
function loggerOn(line: Line): Logger {
  const writing =
    (level: keyof Logger) =>
    (text: string, ...details: readonly unknown[]): void => {
      try {
        line.say({ say: 'log', level, line: text, details })
      } catch {
        line.say({ say: 'log', level, line: text, details: details.map((detail) => inspect(detail)) })
      }
    }
  return {
    debug: writing('debug'),
    info: writing('info'),
    warn: writing('warn'),
    error: writing('error'),
  }
}

function unknownHere(task: string): ArpeggioError {
  return new ArpeggioError(
    'task-unknown',
    `No task named ${JSON.stringify(task)} is made by the module that the worker's threads load. Make it there, or import there what makes it.`,
  )
}
