import type { TaskRequest } from '@arpeggio/canvas'
import { type Backend, currentTask, type MemoryBackend } from '@arpeggio/core'
import { atExit } from './at-exit.ts'
import { callAsText, queueAsText } from './simulate/wording.ts'

/** How long somebody waits, in real milliseconds, before he is told that nothing will come of it. */
const STILL_MS = 1_000

/** A time that passes only when it is told to. */
interface Time {
  readonly memory: MemoryBackend
  /** The tasks that run now. */
  readonly running: ReadonlySet<TaskRequest>
  /** The next moment at which anything happens; null if nothing will. */
  next(): number | null
}

/** A memory that warns. */
interface Warning {
  readonly backend: Backend
  /** Tells something else, as it does. */
  warn(problem: string): void
}

/**
 * A memory that warns who waits on it while time stands still, once: he may be about to let it pass, but if he waits for that,
 * he waits for ever. It holds up no process: one that would end meanwhile is told before it does.
 */
export function warningOfStandstill({ memory, running, next }: Time): Warning {
  const { clock, queues } = memory
  let warn = toConsole
  let isTold = false
  let waiting = 0
  /** How often each task waits here: for another one, so for nothing real. */
  const tasks: Map<TaskRequest, number> = new Map()
  let endAlarm: () => void = () => {}

  /** The tasks that may wait for something real. */
  function busy(): readonly TaskRequest[] {
    return [...running].filter((request) => !tasks.has(request))
  }

  function setAlarm(): void {
    const since = clock.now()
    const timer = setTimeout(() => {
      endAlarm()
      if (busy().length > 0 || clock.now() > since) setAlarm()
      else tell()
    }, STILL_MS)
    timer.unref()
    const unsay = atExit(tell)
    endAlarm = () => {
      clearTimeout(timer)
      unsay()
    }
  }

  async function tell(): Promise<void> {
    isTold = true
    warn(`Somebody waits, and virtual time stands still: ${await remedy()}`)
  }

  /** Counts who waits, until what it gives is called. */
  function count(): () => void {
    const request = currentTask()?.request
    if (waiting++ === 0 && !isTold) setAlarm()
    if (request !== undefined) tasks.set(request, (tasks.get(request) ?? 0) + 1)
    return () => {
      if (--waiting === 0) endAlarm()
      if (request === undefined) return
      const left = (tasks.get(request) ?? 1) - 1
      if (left > 0) tasks.set(request, left)
      else tasks.delete(request)
    }
  }

  async function remedy(): Promise<string> {
    const [hanging] = busy()
    if (hanging !== undefined) {
      const call = callAsText(hanging.task, hanging.args)
      return `${call} still runs, and nothing is left in this process that it could wait for. See what it waits for`
    }
    const [now, moment] = [clock.now(), next()]
    if (moment !== null && moment > now) {
      const [first] = await queues.scheduled(1)
      const what = first?.due === moment ? first.message.task : 'the next thing'
      const wait = inUnits(moment - now)
      return `it is ${new Date(now).toISOString()}, and ${what} is due in ${wait}. It passes only when it is told to: call advance('${wait}') before what comes of it is waited for`
    }
    const unserved = (await queues.list()).map((queue) => queueAsText({ ...queue, isServed: false }))
    return unserved.length > 0
      ? `${unserved.join('; ')}. Name the queue in taskQueues of the app, which its worker then serves`
      : 'nothing runs, and nothing is due. The run tells what is open: run.graph()'
  }

  const backend: Backend = {
    ...memory,
    results: {
      ...memory.results,
      async watch(run, listener, ids) {
        const leave = await memory.results.watch(run, listener, ids)
        const uncount = count()
        return () => {
          leave()
          uncount()
        }
      },
    },
    onWarning(listener) {
      warn = listener
      return () => {
        warn = toConsole
      }
    },
  }
  return { backend, warn: (problem) => warn(problem) }
}

function toConsole(problem: string): void {
  console.warn(`arpeggio: ${problem}.`)
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** A duration in the largest unit of which it is a whole number. */
function inUnits(ms: number): string {
  const [name, size] = UNITS.find(([, size]) => ms % size === 0) ?? ['ms', 1]
  return `${ms / size}${name}`
}
